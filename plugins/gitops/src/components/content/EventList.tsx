import { useCallback } from 'react';
import {
  RiCloseCircleLine,
  RiAlertLine,
  RiInformationLine,
} from '@remixicon/react';
import { useApi } from '@backstage/core-plugin-api';
import type {
  EventDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { RelativeTime } from '../common/RelativeTime';
import styles from './content.module.css';
import { PagedTable } from './PagedTable';
import { usePages } from './usePages';

const ICONS = {
  info: RiInformationLine,
  warning: RiAlertLine,
  error: RiCloseCircleLine,
};

export interface EventListProps {
  project: ProjectDocument;
}

/** What happened to the project, newest first. */
export function EventList({ project }: EventListProps) {
  const t = useGitopsTranslation();
  const gitopsApi = useApi(gitopsApiRef);
  const { slug, environments } = project;
  const read = useCallback(
    (options: { cursor?: string; signal: AbortSignal }) =>
      gitopsApi.listEvents(slug, options),
    [gitopsApi, slug],
  );
  const pages = usePages<EventDocument>(read);
  return (
    <PagedTable
      label={t('history.events')}
      columns={[
        t('history.time'),
        t('history.environment'),
        t('history.event'),
        t('history.by'),
      ]}
      pages={pages}
      empty={t('history.noEvents')}
      row={event => {
        const Icon = ICONS[event.severity];
        return (
          <tr key={event.id}>
            <td>
              <RelativeTime time={event.timestamp} />
            </td>
            <td>
              {environments.find(({ name }) => name === event.environment)
                ?.displayName ?? event.environment}
            </td>
            <td>
              <span className={styles.event} data-severity={event.severity}>
                <Icon
                  className={styles.glyph}
                  role="img"
                  aria-label={t(`history.severity.${event.severity}`)}
                />
                <span>{event.message ?? event.action}</span>
              </span>
            </td>
            <td>{event.userId}</td>
          </tr>
        );
      }}
    />
  );
}

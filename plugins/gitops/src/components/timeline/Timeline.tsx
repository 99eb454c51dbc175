import { useCallback, useState } from 'react';
import { Button, Select, Skeleton, Text } from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useArrival } from '../../hooks/useArrival';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { type Pages, usePages } from '../../hooks/usePages';
import {
  heldBackBy,
  type HistoryItem,
  mergeHistory,
} from '../../presentation/mergeHistory';
import { ReadError } from '../common/ReadError';
import { DeploymentItem } from './DeploymentItem';
import { EventItem } from './EventItem';
import { LeadTimes } from './LeadTimes';
import styles from './timeline.module.css';

export interface TimelineProps {
  project: ProjectDocument;
  /** A link led here: it is brought on screen once there is something to see. */
  isTarget?: boolean;
}

type Show = 'all' | 'deployments' | 'events';
/** No environment can have this name: it is not a DNS label. */
const EVERY = '*';

/** Deployments and events of a project in one order of time. */
export function Timeline({ project, isTarget }: TimelineProps) {
  const t = useGitopsTranslation();
  const gitopsApi = useApi(gitopsApiRef);
  const [show, setShow] = useState<Show>('all');
  const [environment, setEnvironment] = useState(EVERY);
  const { slug, version, environments, repository } = project;
  const deployments = usePages(
    useCallback(
      (options: { cursor?: string; signal: AbortSignal }) =>
        gitopsApi.listDeployments(slug, options),
      [gitopsApi, slug],
    ),
    version,
  );
  const events = usePages(
    useCallback(
      (options: { cursor?: string; signal: AbortSignal }) =>
        gitopsApi.listEvents(slug, options),
      [gitopsApi, slug],
    ),
    version,
  );
  const nothing = { items: [], hasMore: false };
  const deployed = show === 'events' ? nothing : deployments;
  const happened = show === 'deployments' ? nothing : events;
  const items = mergeHistory(deployed, happened).filter(
    item => environment === EVERY || environmentOf(item) === environment,
  );
  const shown = [deployments, events].filter(
    pages => pages === deployed || pages === happened,
  );
  const next = heldBackBy(deployed, happened);
  const loading = shown.some(pages => pages.loading);
  const failed: Pages<{ id: string }> | undefined = shown.find(
    pages => pages.error,
  );
  const root = useArrival<HTMLDivElement>(isTarget, !loading);
  const nameOf = (name: string | undefined) =>
    environments.find(each => each.name === name)?.displayName ?? name;
  const filtered = show !== 'all' || environment !== EVERY;
  return (
    <div ref={root} className={styles.timeline}>
      <LeadTimes environments={environments} deployments={deployments.items} />
      <div className={styles.filters}>
        <Select
          size="small"
          label={t('history.show')}
          options={(['all', 'deployments', 'events'] as const).map(value => ({
            value,
            label: t(`history.${value}`),
          }))}
          value={show}
          onChange={value => setShow(value as Show)}
        />
        <Select
          size="small"
          label={t('history.environment')}
          options={[
            { value: EVERY, label: t('history.everyEnvironment') },
            ...environments.map(({ name, displayName }) => ({
              value: name,
              label: displayName,
            })),
          ]}
          value={environment}
          onChange={value => setEnvironment(String(value))}
        />
      </div>
      {items.length > 0 && (
        <ol className={styles.items} aria-label={t('history.list')}>
          {items.map(item =>
            item.kind === 'deployment' ? (
              <DeploymentItem
                key={item.id}
                deployment={item.deployment}
                environment={nameOf(item.deployment.environment) ?? ''}
                repository={repository}
              />
            ) : (
              <EventItem
                key={item.id}
                event={item.event}
                environment={nameOf(item.event.environment)}
              />
            ),
          )}
        </ol>
      )}
      {loading && items.length === 0 && (
        <div role="status" aria-busy aria-label={t('page.loading')}>
          <Skeleton width="100%" height={120} />
        </div>
      )}
      {failed?.error && (
        <ReadError
          title={t('history.failed')}
          error={failed.error}
          onRetry={failed.more}
        />
      )}
      {!loading && !failed && items.length === 0 && (
        <Text as="p" color="secondary">
          {filtered ? t('history.noneMatch') : t('history.none')}
        </Text>
      )}
      {next && !failed && (
        <Button
          variant="tertiary"
          size="small"
          isPending={loading}
          onPress={next === 'events' ? events.more : deployments.more}
        >
          {t('history.more')}
        </Button>
      )}
    </div>
  );
}

function environmentOf(item: HistoryItem): string | undefined {
  return item.kind === 'deployment'
    ? item.deployment.environment
    : item.event.environment;
}

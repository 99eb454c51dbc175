import { useCallback } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import type {
  DeploymentDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { formatDuration } from '../../presentation/formatDuration';
import { CommitLink } from '../common/CommitLink';
import { RelativeTime } from '../common/RelativeTime';
import { PagedTable } from './PagedTable';
import { usePages } from './usePages';

export interface DeploymentListProps {
  project: ProjectDocument;
}

/** Which commit reached which environment, when, and how it ended. */
export function DeploymentList({ project }: DeploymentListProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const gitopsApi = useApi(gitopsApiRef);
  const { slug, repository, environments } = project;
  const read = useCallback(
    (options: { cursor?: string; signal: AbortSignal }) =>
      gitopsApi.listDeployments(slug, options),
    [gitopsApi, slug],
  );
  const pages = usePages<DeploymentDocument>(read);
  const nameOf = (environment: string) =>
    environments.find(each => each.name === environment)?.displayName ??
    environment;
  return (
    <PagedTable
      label={t('history.deployments')}
      columns={[
        t('history.environment'),
        t('history.commit'),
        t('history.result'),
        t('history.method'),
        t('history.started'),
        t('history.duration'),
      ]}
      pages={pages}
      empty={t('history.noDeployments')}
      row={deployment => (
        <tr key={deployment.id}>
          <td>{nameOf(deployment.environment)}</td>
          <td>
            <CommitLink commit={deployment.commit} repository={repository} />
          </td>
          <td title={deployment.message}>
            {t(`history.status.${deployment.status}`)}
          </td>
          <td>
            {deployment.deployedBy ??
              (deployment.method === 'gitops'
                ? t('history.bySync')
                : t('history.byUser'))}
          </td>
          <td>
            <RelativeTime time={deployment.startedAt} />
          </td>
          <td>
            {deployment.finishedAt &&
              formatDuration(
                Date.parse(deployment.finishedAt) -
                  Date.parse(deployment.startedAt),
                locale,
              )}
          </td>
        </tr>
      )}
    />
  );
}

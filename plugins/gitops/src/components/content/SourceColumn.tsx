import { Card, CardBody, CardHeader, Text } from '@backstage/ui';
import { RiGitRepositoryLine } from '@remixicon/react';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { repositoryUrl } from '../../presentation/commit';
import { shownState } from '../../presentation/shownState';
import { ExternalLink } from '../common/ExternalLink';
import { StateBadge } from '../state/StateBadge';
import styles from './content.module.css';
import { ResourceDetails } from './ResourceDetails';

export interface SourceColumnProps {
  project: ProjectDocument;
  clusters: Map<string, ClusterKnowledge>;
}

/** Where the pipeline begins: the repository, and how each cluster fetches it. */
export function SourceColumn({ project, clusters }: SourceColumnProps) {
  const t = useGitopsTranslation();
  const { repository, sources } = project;
  const [only] = sources.length === 1 ? sources : [];
  const url = repositoryUrl(repository);
  const name = repository && `${repository.owner}/${repository.name}`;
  return (
    <li className={styles.column} aria-label={t('pipeline.source')}>
      <Card className={styles.card}>
        <CardHeader>
          <div className={styles.columnHeader}>
            <Text as="h3" variant="body-large" weight="bold" truncate>
              {t('pipeline.source')}
            </Text>
            {only && (
              <StateBadge
                state={shownState(only, clusters.get(only.cluster))}
              />
            )}
          </div>
        </CardHeader>
        <CardBody className={styles.columnBody}>
          {repository && (
            <p className={styles.repository}>
              <RiGitRepositoryLine className={styles.glyph} aria-hidden />
              {url ? <ExternalLink href={url}>{name}</ExternalLink> : name}
            </p>
          )}
          {sources.length === 0 && (
            <Text as="p" variant="body-small" color="secondary">
              {t('pipeline.notCreated')}
            </Text>
          )}
          {sources.map(source => {
            const knowledge = clusters.get(source.cluster);
            const state = shownState(source, knowledge);
            return (
              <div key={source.cluster} className={styles.source}>
                {!only && (
                  <div className={styles.columnHeader}>
                    <Text weight="bold" variant="body-small">
                      {source.cluster}
                    </Text>
                    <StateBadge state={state} />
                  </div>
                )}
                <ResourceDetails
                  resource={source}
                  state={state}
                  knowledge={knowledge}
                  repository={repository}
                >
                  {repository && (
                    <>
                      <dt>{t('field.branch')}</dt>
                      <dd>
                        <code>{repository.defaultBranch}</code>
                      </dd>
                    </>
                  )}
                  <dt>{t('field.namespace')}</dt>
                  <dd>
                    <code>{source.namespace}</code>
                  </dd>
                </ResourceDetails>
              </div>
            );
          })}
        </CardBody>
      </Card>
    </li>
  );
}

import { memo } from 'react';
import { Link } from '@backstage/ui';
import { parseEntityRef } from '@backstage/catalog-model';
import { humanizeEntityRef } from '@backstage/plugin-catalog-react';
import type { ProjectSummaryDocument } from '@backstage-gitops/plugin-gitops-common';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { FleetCell } from './FleetCell';
import styles from './fleet.module.css';
import { compareStages, type FleetColumns } from './fleetColumns';
import type { EntityLinks } from './useEntityLinks';

export interface FleetRowProps {
  row: ProjectSummaryDocument;
  columns: FleetColumns;
  clusters: Map<string, ClusterKnowledge>;
  links: EntityLinks;
}

/** The cells of one project; scrolling by leaves them as they are. */
export const FleetRow = memo(function FleetRow(props: FleetRowProps) {
  const { row, columns, clusters, links } = props;
  const t = useGitopsTranslation();
  const comparisons = compareStages(row.environments);
  const status = projectNote(row, t);
  const cells = row.environments.map((environment, index) => ({
    environment,
    cell: (named: boolean) => (
      <FleetCell
        project={row.name}
        environment={environment}
        knowledge={clusters.get(environment.cluster)}
        comparison={comparisons[index]}
        href={links.environment(row.entityRef, environment.name)}
        named={named}
      />
    ),
  }));
  const others = cells.filter(
    ({ environment }) => !columns.names.includes(environment.name),
  );
  const tab = links.tab(row.entityRef);
  return (
    <>
      <div role="rowheader" className={styles.project}>
        {tab ? (
          <Link href={tab} weight="bold" color="primary" standalone truncate>
            {row.name}
          </Link>
        ) : (
          <strong>{row.name}</strong>
        )}
        <Owner reference={row.ownerRef} links={links} />
        {status && (
          <span className={styles.note} data-failed={row.status === 'failed'}>
            {status}
          </span>
        )}
      </div>
      {columns.names.map(name => {
        const found = cells.find(each => each.environment.name === name);
        return (
          <div
            key={name}
            role="cell"
            className={styles.cell}
            data-empty={!found || undefined}
          >
            {found ? (
              found.cell(false)
            ) : (
              <span className={styles.nothing} title={t('fleet.notThere')}>
                <span aria-hidden>–</span>
              </span>
            )}
          </div>
        );
      })}
      {columns.others && (
        <div
          role="cell"
          className={styles.cell}
          data-empty={others.length === 0 || undefined}
        >
          {others.map(({ environment, cell }) => (
            <div key={environment.name} className={styles.other}>
              {cell(true)}
            </div>
          ))}
        </div>
      )}
    </>
  );
});

interface OwnerProps {
  reference: string;
  links: EntityLinks;
}

function Owner({ reference, links }: OwnerProps) {
  const name = humanizeEntityRef(parseEntityRef(reference), {
    defaultKind: 'group',
    defaultNamespace: 'default',
  });
  const href = links.entity(reference);
  return href ? (
    <Link
      href={href}
      variant="body-small"
      color="secondary"
      standalone
      truncate
    >
      {name}
    </Link>
  ) : (
    <span className={styles.owner}>{name}</span>
  );
}

/** What is to say of a project that is not simply running. */
function projectNote(
  { status, environments }: ProjectSummaryDocument,
  t: Translate,
): string | undefined {
  switch (status) {
    case 'initializing':
      return t('summary.initializing');
    case 'failed':
      return t('summary.setupFailed');
    case 'inactive':
      return t('summary.inactive');
    case 'archived':
      return t('summary.archived');
    default:
      return environments.length === 0 ? t('summary.none') : undefined;
  }
}

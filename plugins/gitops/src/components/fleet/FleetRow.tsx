import { memo } from 'react';
import type { ProjectSummaryDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { FleetCell } from './FleetCell';
import styles from './fleet.module.css';
import { compareStages, type FleetColumns } from './fleetColumns';
import type { FleetWords } from './FleetWords';
import type { EntityLinks } from './useEntityLinks';

export interface FleetRowProps {
  row: ProjectSummaryDocument;
  columns: FleetColumns;
  clusters: Map<string, ClusterKnowledge>;
  links: EntityLinks;
  words: FleetWords;
}

/**
 * The cells of one project; scrolling by leaves them as they are. Rows come and
 * go by the dozen while one scrolls: they are plain elements, without hooks, and
 * their links are followed by the table.
 */
export const FleetRow = memo(function FleetRowCells(props: FleetRowProps) {
  const { row, columns, clusters, links, words } = props;
  const { t } = words;
  const comparisons = compareStages(row.environments);
  const tab = links.tab(row.entityRef);
  const note = projectNote(row, t);
  const cells = row.environments.map((environment, index) => ({
    environment,
    cell: (named: boolean) => (
      <FleetCell
        project={row.name}
        environment={environment}
        knowledge={clusters.get(environment.cluster)}
        comparison={comparisons[index]}
        href={links.environment(tab, environment.name)}
        named={named}
        words={words}
      />
    ),
  }));
  const others = cells.filter(
    ({ environment }) => !columns.names.includes(environment.name),
  );
  return (
    <>
      <div role="rowheader" className={styles.project}>
        {tab ? (
          <a href={tab} className={styles.projectLink} title={row.name}>
            {row.name}
          </a>
        ) : (
          <strong>{row.name}</strong>
        )}
        <span className={styles.second}>
          <Owner reference={row.ownerRef} links={links} />
          {note && (
            <span className={styles.note} data-failed={row.status === 'failed'}>
              {note}
            </span>
          )}
        </span>
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
          data-many
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
  const { name, href } = links.owner(reference);
  return href ? (
    <a href={href} className={styles.owner} title={name}>
      {name}
    </a>
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

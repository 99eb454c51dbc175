import { Link, VisuallyHidden } from '@backstage/ui';
import {
  RiEqualLine,
  RiGitCommitLine,
  RiSkipForwardLine,
} from '@remixicon/react';
import type { EnvironmentSummaryDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shortCommit } from '../../presentation/commit';
import { needsAttention, shownState } from '../../presentation/shownState';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import styles from './fleet.module.css';
import type { StageComparison } from './fleetColumns';

export interface FleetCellProps {
  project: string;
  environment: EnvironmentSummaryDocument;
  knowledge: ClusterKnowledge | undefined;
  comparison: StageComparison | undefined;
  /** Where the environment is shown in full. */
  href: string | undefined;
  /** Says the environment's name also where there are columns. */
  named?: boolean;
}

/** One environment of one project: what state, which commit, since when. */
export function FleetCell(props: FleetCellProps) {
  const { project, environment, knowledge, comparison, href, named } = props;
  const t = useGitopsTranslation();
  const { name, commit, cause } = environment;
  const state = shownState({ ...environment, attributes: {} }, knowledge);
  const badge = <StateBadge state={state} />;
  return (
    <>
      <span className={styles.cellName} data-named={named || undefined}>
        {name}
      </span>
      <span className={styles.cellState}>
        {href ? (
          <Link
            href={href}
            className={styles.cellLink}
            aria-label={t('fleet.open', {
              project,
              environment: name,
              status: t(`state.${state.status}`),
            })}
          >
            {badge}
          </Link>
        ) : (
          badge
        )}
      </span>
      <span className={styles.cellCommit}>
        {commit && (
          <span className={styles.commit} title={commit}>
            <RiGitCommitLine aria-hidden className={styles.glyph} />
            <code>{shortCommit(commit)}</code>
          </span>
        )}
        {comparison && <Difference comparison={comparison} />}
      </span>
      {needsAttention(state.status) && cause ? (
        <span className={styles.cause} title={cause}>
          {cause}
        </span>
      ) : (
        <span className={styles.age}>
          <StateAge state={state} />
        </span>
      )}
    </>
  );
}

function Difference({ comparison }: { comparison: StageComparison }) {
  const t = useGitopsTranslation();
  const { relation, before } = comparison;
  const long = t(`fleet.${relation}`, { environment: before });
  const Icon = relation === 'same' ? RiEqualLine : RiSkipForwardLine;
  return (
    <span className={styles.difference} data-relation={relation} title={long}>
      <Icon aria-hidden className={styles.glyph} />
      <span aria-hidden className={styles.differenceText}>
        {t(`fleet.${relation}Short`, { environment: before })}
      </span>
      <VisuallyHidden>{long}</VisuallyHidden>
    </span>
  );
}

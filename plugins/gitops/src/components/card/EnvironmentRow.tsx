import type {
  EnvironmentDocument,
  RepositoryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shownState } from '../../presentation/shownState';
import { stateHeadline } from '../../presentation/stateNotes';
import { CommitLink } from '../common/CommitLink';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import styles from './card.module.css';

export interface EnvironmentRowProps {
  environment: EnvironmentDocument;
  repository: RepositoryDocument | undefined;
  knowledge: ClusterKnowledge | undefined;
}

/** One environment in two lines: what it is at, and what to know about it. */
export function EnvironmentRow({
  environment,
  repository,
  knowledge,
}: EnvironmentRowProps) {
  const t = useGitopsTranslation();
  const { resource } = environment;
  const state = shownState(resource, knowledge);
  let line: ReturnType<typeof stateHeadline>;
  if (knowledge?.trust !== 'old') {
    line = resource && stateHeadline(resource, t);
  } else if (knowledge.error) {
    line = { text: knowledge.error, tone: 'warning' };
  }
  return (
    <li className={styles.row} aria-label={environment.displayName}>
      <span className={styles.name}>{environment.displayName}</span>
      <span className={styles.state}>
        <StateBadge state={state} />
      </span>
      <span className={styles.commit}>
        {resource && (
          <CommitLink commit={resource.commit} repository={repository} />
        )}
      </span>
      <span className={styles.age}>
        {(resource || state.status === 'unknown') && <StateAge state={state} />}
      </span>
      {line && (
        <p className={styles.line} data-tone={line.tone} title={line.text}>
          {line.text}
        </p>
      )}
    </li>
  );
}

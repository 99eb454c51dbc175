import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ShownState } from '../../presentation/shownState';
import { StateMark } from './StateMark';
import styles from './state.module.css';

export interface StateBadgeProps {
  state: Pick<ShownState, 'status' | 'muted' | 'settled'>;
}

/**
 * A state as icon, word and colour; muted where it is not known to hold now.
 * While work is under way the last outcome stays, with the work beside it.
 */
export function StateBadge({ state }: StateBadgeProps) {
  const t = useGitopsTranslation();
  const { status, muted, settled } = state;
  const present = (
    <StateMark
      status={status}
      muted={muted}
      word={t(`state.${status}`)}
      spins
    />
  );
  return settled ? (
    <span className={styles.badges}>
      <StateMark status={settled} muted={muted} word={t(`state.${settled}`)} />
      {present}
    </span>
  ) : (
    present
  );
}

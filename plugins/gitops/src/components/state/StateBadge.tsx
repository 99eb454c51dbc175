import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ShownState } from '../../presentation/shownState';
import { StateMark } from './StateMark';
import styles from './state.module.css';

export interface StateBadgeProps {
  state: Pick<ShownState, 'status' | 'muted' | 'settled'>;
  /** Where there is no room for two: the work beside an outcome is an icon. */
  short?: boolean;
}

/**
 * A state as icon, word and colour; muted where it is not known to hold now.
 * While work is under way the last outcome stays, with the work beside it.
 */
export function StateBadge({ state, short }: StateBadgeProps) {
  const t = useGitopsTranslation();
  const { status, muted, settled } = state;
  const present = (
    <StateMark
      status={status}
      muted={muted}
      word={t(`state.${status}`)}
      spins
      iconOnly={short && settled !== undefined}
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

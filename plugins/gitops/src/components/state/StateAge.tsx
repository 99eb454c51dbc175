import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { lastKnownParts } from '../../presentation/lastKnownParts';
import type { ShownState } from '../../presentation/shownState';
import {
  ClockTime,
  RelativeTime,
  useRelativeTime,
} from '../common/RelativeTime';
import common from '../common/common.module.css';

export interface StateAgeProps {
  state: ShownState;
}

/** Since when a state holds and, where it is not current, what was known before. */
export function StateAge({ state }: StateAgeProps) {
  const t = useGitopsTranslation();
  const asOf = useRelativeTime(state.asOf);
  const parts = lastKnownParts(state, t, asOf);
  return (
    <span className={common.secondary}>
      {state.since && state.status === 'unknown' && (
        <>{t('lastKnown.since', { time: <ClockTime time={state.since} /> })}</>
      )}
      {state.since && state.status !== 'unknown' && (
        <RelativeTime time={state.since} />
      )}
      {parts.length > 0 &&
        (state.since ? `, ${parts.join(', ')}` : parts.join(', '))}
    </span>
  );
}

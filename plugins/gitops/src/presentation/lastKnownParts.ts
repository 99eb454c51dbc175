import type { Translate } from '../hooks/useGitopsTranslation';
import type { ShownState } from './shownState';

/**
 * What there is to say of a state that is not known to hold now.
 *
 * @param asOf - the moment it speaks of, in words; read where the state has one
 */
export function lastKnownParts(
  state: ShownState,
  t: Translate,
  asOf: string,
): string[] {
  const parts: string[] = [];
  if (state.neverHeard) {
    parts.push(t('lastKnown.never'));
  }
  if (state.lastKnown) {
    parts.push(
      t('lastKnown.status', { status: t(`state.${state.lastKnown}`) }),
    );
  }
  if (state.previous) {
    parts.push(
      t('lastKnown.previous', { status: t(`state.${state.previous}`) }),
    );
  }
  if (state.asOf) {
    parts.push(t('lastKnown.asOf', { time: asOf }));
  }
  return parts;
}

import type { Translate } from '../../hooks/useGitopsTranslation';

/**
 * What every cell needs to put things into words; asked for once for all of them,
 * as thousands of subscriptions to language and clock would make scrolling slow.
 */
export interface FleetWords {
  t: Translate;
  locale: string | undefined;
  /** The portal's clock, in milliseconds; of the last tick. */
  now: number;
}

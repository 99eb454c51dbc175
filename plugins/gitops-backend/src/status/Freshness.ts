import type {
  ClusterState,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';
import { wordingOf } from '../words/wordedError';
import type { Clock } from './Clock';
import { NotServedError, type ListWatchReport } from './ListWatch';

interface KindFreshness {
  required: boolean;
  synced: boolean;
  heardAt?: number;
  trouble?: { error: Error; reached: boolean };
}

/** State of the knowledge of one cluster. @internal */
export interface ClusterFreshness {
  state: ClusterState;
  /** Why it is not live. */
  error?: string;
  /** What `error` says; absent for words from elsewhere. */
  wording?: Wording;
  /** When the whole of it was last known to be true, in ms; absent before that. */
  heardAt?: number;
}

/**
 * Puts together what the watches of one cluster say about themselves: the whole
 * is as fresh as the least fresh part that is needed.
 *
 * @internal
 */
export class Freshness {
  private readonly clock: Clock;
  private readonly onChange: () => void;
  private readonly kinds = new Map<string, KindFreshness>();

  constructor(options: { clock: Clock; onChange: () => void }) {
    this.clock = options.clock;
    this.onChange = options.onChange;
  }

  /**
   * @param required - Whether states are wrong without this kind. Another one
   * counts from its first complete reading on, and no longer once the cluster
   * does not serve it any more.
   */
  track(kind: string, required: boolean): ListWatchReport {
    const freshness: KindFreshness = { required, synced: false };
    this.kinds.set(kind, freshness);
    const heard = () => {
      freshness.heardAt = this.clock.now();
      if (freshness.trouble && freshness.synced) {
        freshness.trouble = undefined;
      }
      this.onChange();
    };
    return {
      heard,
      synced: () => {
        freshness.synced = true;
        heard();
      },
      troubled: (error, reached) => {
        if (error instanceof NotServedError && !required) {
          freshness.synced = false;
        }
        freshness.trouble = { error, reached };
        this.onChange();
      },
    };
  }

  read(): ClusterFreshness {
    const needed = [...this.kinds.values()].filter(
      kind => kind.required || kind.synced,
    );
    const troubles = needed.flatMap(kind => kind.trouble ?? []);
    const complete = needed.every(kind => kind.synced);
    const heardAt = complete
      ? Math.min(...needed.map(kind => kind.heardAt ?? 0))
      : undefined;
    if (troubles.length === 0) {
      return { state: complete ? 'live' : 'connecting', heardAt };
    }
    const lost = troubles.find(trouble => !trouble.reached);
    const { error } = lost ?? troubles[0];
    return {
      state: lost ? 'unreachable' : 'delayed',
      error: error.message,
      wording: wordingOf(error),
      heardAt,
    };
  }
}

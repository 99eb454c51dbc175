import type { DiscoveredKey } from '../database/DiscoveredResourceStore';
import type { DiscoveredResource, GitopsResource } from '../database/tables';
import type { ObservedChange } from '../deployments/DeploymentRecorder';
import { FLUX_KINDS } from '../flux/resourceReference';
import { objectKey, type ClusterKnowledge } from './ClusterKnowledge';
import { evaluate, isPassing, isSettled, type Evaluation } from './evaluate';
import type { ObjectEvents } from './ObjectEvents';
import { resourceChanges, type ResourceUpdate } from './resourceChanges';

/** A passing Ready=Unknown of less than this does not replace a settled state. */
const HOLD_MS = 3_000;

/** What came of looking at one row. @internal */
export interface Judgement {
  row: GitopsResource;
  update?: ResourceUpdate;
  /** What history may have to tell of. */
  change?: ObservedChange;
  /** Remembers it; to be called when it is committed. */
  settle(): void;
}

/**
 * Finds out what has become of the objects behind rows, and when to look again.
 *
 * @internal
 */
export class StateJudge {
  /** When a row has to be judged again because time has passed, in ms. */
  private readonly due = new Map<string, { at: number; key: DiscoveredKey }>();
  /** Since when a passing state is held back, by object key, in ms. */
  private readonly held = new Map<string, number>();
  /** What the source offered when the state was settled, by object key. */
  private readonly settledAt = new Map<string, string | undefined>();
  /** What the source offered when history was last written, by object key. */
  private readonly recordedAt = new Map<string, string | undefined>();

  constructor(
    private readonly options: {
      knowledge: ClusterKnowledge;
      /** Reads Kubernetes Events of objects; without it, diagnoses do without. */
      events?: ObjectEvents;
      /** Has an object looked at once more. */
      again(key: string, reference: DiscoveredKey): void;
    },
  ) {}

  /** Has those looked at once more whose time has come. */
  again(now: number): void {
    for (const [key, { at, key: reference }] of this.due) {
      if (at <= now) {
        this.due.delete(key);
        this.options.again(key, reference);
      }
    }
  }

  /** @returns undefined while nothing can be said */
  evaluate(
    reference: DiscoveredKey,
    row:
      | Pick<
          GitopsResource,
          'status' | 'diagnosis' | 'observed' | 'lastStatusUpdateAt'
        >
      | undefined,
    now: number,
  ): Evaluation | undefined {
    return evaluate(
      {
        ...reference,
        status: row?.status ?? 'pending',
        diagnosis: row?.diagnosis,
        lastSeenAt: row?.observed && row.lastStatusUpdateAt,
      },
      this.options.knowledge,
      new Date(now),
      this.options.events?.known(reference),
    );
  }

  /**
   * Judges one row. May run more than once, so what is remembered in memory is
   * left to `settle`, which is called after the commit.
   */
  resource(row: GitopsResource, now: number): Judgement | undefined {
    const { type, namespace, name } = row;
    const reference = { kind: FLUX_KINDS[type].kind, namespace, name };
    const key = objectKey(reference);
    const evaluation = this.evaluate(reference, row, now);
    if (!evaluation) {
      return undefined;
    }
    const { derived, sourceRevision } = evaluation;

    const hold =
      isPassing(derived) &&
      isSettled(row.status) &&
      this.settledAt.has(key) &&
      this.settledAt.get(key) === sourceRevision &&
      this.hold(key, reference, now);
    if (hold) {
      return { row, settle: hold };
    }

    const at = new Date(now).toISOString();
    const update = resourceChanges(row, evaluation, at);
    // A newer commit may arrive while the state stays "reconciling".
    const retargeted =
      derived.status === 'reconciling' &&
      this.recordedAt.get(key) !== sourceRevision;
    return {
      row,
      update,
      ...((update || retargeted) && {
        change: { resource: row, evaluation, at },
      }),
      settle: () => {
        this.held.delete(key);
        this.recordedAt.set(key, sourceRevision);
        if (isSettled(derived.status)) {
          this.settledAt.set(key, sourceRevision);
        }
        this.plan(key, reference, evaluation, row.uid !== undefined);
      },
    };
  }

  /** The same for an object of others; a state that is held is not written. */
  discovered(
    reference: DiscoveredKey,
    row: DiscoveredResource | undefined,
    evaluation: Evaluation,
    now: number,
  ): { held: boolean; settle(): void } {
    const key = objectKey(reference);
    const hold =
      isPassing(evaluation.derived) &&
      row &&
      isSettled(row.status) &&
      this.hold(key, reference, now);
    return hold
      ? { held: true, settle: hold }
      : {
          held: false,
          settle: () => {
            this.held.delete(key);
            this.plan(key, reference, evaluation, row?.observed !== undefined);
          },
        };
  }

  /** @returns what remembers that it is held; undefined when it was for long enough */
  private hold(
    key: string,
    reference: DiscoveredKey,
    now: number,
  ): (() => void) | undefined {
    const since = this.held.get(key) ?? now;
    if (now - since >= HOLD_MS) {
      return undefined;
    }
    return () => {
      this.held.set(key, since);
      this.due.set(key, { at: since + HOLD_MS, key: reference });
    };
  }

  /** Remembers when time alone changes a state, and what is yet to be read. */
  private plan(
    key: string,
    reference: DiscoveredKey,
    { derived }: Evaluation,
    wasThere: boolean,
  ): void {
    const recheck = derived.recheckAt && Date.parse(derived.recheckAt);
    if (recheck) {
      this.due.set(key, { at: recheck, key: reference });
    } else {
      this.due.delete(key);
    }
    const { status } = derived;
    if (status === 'terminating' || (status === 'missing' && wasThere)) {
      // Only events tell why a deletion does not end, or what it left behind.
      this.options.events?.want(reference, () =>
        this.options.again(key, reference),
      );
    } else {
      this.options.events?.forget(reference);
    }
  }
}

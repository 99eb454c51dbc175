import {
  isFresh,
  isTrue,
  lastWriteAt,
  pendingRequest,
  requestToken,
} from '../conditions';
import { lastOutcome, words } from '../facts';
import type { Facts, Row } from '../facts';
import { isKustomization, isStatic } from '../kinds';
import {
  controllerTimeout,
  PICK_UP_LIMIT,
  TERMINATION_LIMIT,
} from '../timeouts';
import { deadline, latestTime, parseTime } from '../times';

/** Rows that are decided before the outcome of the current spec is read. @internal */
export const lifecycleRows: Row[] = [
  {
    rule: '3',
    answer(facts) {
      const { deletionTimestamp, finalizers } = facts.object.metadata;
      if (!deletionTimestamp) {
        return undefined;
      }
      const { passed, recheckAt } = deadline(
        parseTime(deletionTimestamp),
        TERMINATION_LIMIT,
        facts.now,
      );
      return {
        status: 'terminating',
        ...words(facts.ready),
        since: deletionTimestamp,
        attributes: {
          finalizers: finalizers ?? [],
          ...(passed && { stuck: true }),
          previous: lastOutcome(facts),
        },
        recheckAt,
      };
    },
  },
  {
    rule: '4',
    answer(facts) {
      // Before any condition: a suspended object keeps its old ones, and some
      // controllers even mark them as fresh.
      if (!facts.object.spec?.suspend) {
        return undefined;
      }
      return {
        status: 'suspended',
        attributes: {
          previous: lastOutcome(facts),
          requested: requestWithoutWork(facts),
        },
      };
    },
  },
  {
    rule: '5',
    answer: ({ object, stalled }) =>
      isTrue(stalled) && isFresh(object, stalled)
        ? { status: 'stalled', ...words(stalled) }
        : undefined,
  },
  {
    // Written first, since no age makes a controller pick these up.
    rule: '7',
    answer: ({ object, ready }) =>
      !ready && isStatic(object)
        ? {
            status: 'ready',
            since: object.metadata.creationTimestamp,
            attributes: { static: true },
          }
        : undefined,
  },
  {
    rule: '6',
    answer({ object, ready, now }) {
      const { creationTimestamp } = object.metadata;
      const created = parseTime(creationTimestamp);
      const { passed, recheckAt } = deadline(created, PICK_UP_LIMIT, now);
      return !ready && created !== undefined && !passed
        ? { status: 'reconciling', since: creationTimestamp, recheckAt }
        : undefined;
    },
  },
  {
    rule: '7',
    answer: ({ object, ready }) =>
      !ready
        ? { status: 'unknown', since: object.metadata.creationTimestamp }
        : undefined,
  },
  {
    rule: '8',
    answer(facts) {
      const { object, ready, reconciling, now } = facts;
      if (isFresh(object, ready)) {
        return undefined;
      }
      const underWay = isTrue(reconciling) && isFresh(object, reconciling);
      // Nothing in an object dates its spec. The newest time we know is never
      // earlier than the truth, so it cannot raise a false alarm where the
      // field managers are known.
      const { passed, recheckAt } = deadline(
        latestTime(
          lastWriteAt(object),
          parseTime(reconciling?.lastTransitionTime),
          parseTime(ready?.lastTransitionTime),
        ),
        underWay ? controllerTimeout(object) + PICK_UP_LIMIT : PICK_UP_LIMIT,
        now,
      );
      return {
        status: 'reconciling',
        attributes: {
          previous: lastOutcome(facts),
          ...(underWay && { stage: reconciling.message }),
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
];

/**
 * A request on a suspended object is marked as handled without any work. For a
 * Kustomization a token younger than the last run shows that: every run that
 * does work moves the time of Ready.
 */
function requestWithoutWork({ object, ready }: Facts): string | undefined {
  const pending = pendingRequest(object);
  if (pending || !isKustomization(object)) {
    return pending;
  }
  const token = requestToken(object);
  const requested = parseTime(token);
  const lastRun = parseTime(ready?.lastTransitionTime);
  return requested !== undefined &&
    lastRun !== undefined &&
    // Conditions have whole seconds: a run in the second of its request looks
    // older than the request.
    requested - lastRun >= 1_000
    ? token
    : undefined;
}

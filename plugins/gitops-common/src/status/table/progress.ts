import { isTrue, lastWriteAt, pendingRequest } from '../conditions';
import { lastOutcome, sourceObject, words } from '../facts';
import type { Facts, Row } from '../facts';
import { isKustomization, isSource, isStatic } from '../kinds';
import { controllerTimeout, PICK_UP_LIMIT } from '../timeouts';
import { deadline, parseTime } from '../times';
import type { Deadline } from '../times';

const PROGRESS_REASONS = ['Progressing', 'ProgressingWithRetry'];

/** Rows for work under way or still to come. @internal */
export const progressRows: Row[] = [
  {
    rule: '13',
    answer(facts) {
      const { ready, reconciling } = facts;
      if (
        ready?.status !== 'Unknown' ||
        !PROGRESS_REASONS.includes(ready.reason ?? '')
      ) {
        return undefined;
      }
      const { passed, recheckAt } = workLimit(facts);
      return {
        status: 'reconciling',
        ...words(ready),
        attributes: {
          stage: reconciling?.message ?? ready.message,
          behind: missingRevision(facts),
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
  {
    // Also for a status that no controller writes: never guess from there on.
    rule: '14',
    answer: ({ ready }) =>
      ready?.status !== 'True'
        ? { status: 'unknown', ...words(ready) }
        : undefined,
  },
  {
    rule: '15',
    answer(facts) {
      const { object, now } = facts;
      const token = pendingRequest(object);
      if (!token) {
        return undefined;
      }
      const { passed, recheckAt } = deadline(
        parseTime(token) ?? lastWriteAt(object),
        PICK_UP_LIMIT,
        now,
      );
      return {
        status: 'reconciling',
        ...words(facts.ready),
        since: timestampOrNothing(token),
        attributes: {
          requested: token,
          previous: lastOutcome(facts),
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
  {
    rule: '16',
    answer(facts) {
      const { reconciling } = facts;
      if (!isTrue(reconciling)) {
        return undefined;
      }
      const { passed, recheckAt } = workLimit(facts);
      return {
        status: 'reconciling',
        ...words(reconciling),
        attributes: {
          stage: reconciling.message,
          previous: lastOutcome(facts),
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
  {
    // Conditions and the artifact are two writes: Ready comes first.
    rule: '17',
    answer(facts) {
      const { object, ready, now } = facts;
      if (!isSource(object) || isStatic(object) || object.status?.artifact) {
        return undefined;
      }
      const { passed, recheckAt } = deadline(
        parseTime(ready?.lastTransitionTime),
        PICK_UP_LIMIT,
        now,
      );
      return {
        status: 'reconciling',
        ...words(ready),
        attributes: passed ? { overdue: true } : {},
        recheckAt,
      };
    },
  },
  {
    rule: '17',
    answer(facts) {
      const behind = missingRevision(facts);
      if (!behind) {
        return undefined;
      }
      const arrived = sourceObject(facts)?.status?.artifact?.lastUpdateTime;
      const { passed, recheckAt } = deadline(
        parseTime(arrived),
        PICK_UP_LIMIT,
        facts.now,
      );
      return {
        status: 'reconciling',
        ...words(facts.ready),
        since: arrived,
        attributes: {
          behind,
          previous: lastOutcome(facts),
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
];

/** The controller's own limit for the stage it is in, with some grace. */
function workLimit({ object, ready, reconciling, now }: Facts): Deadline {
  return deadline(
    parseTime(reconciling?.lastTransitionTime ?? ready?.lastTransitionTime),
    controllerTimeout(object) + PICK_UP_LIMIT,
    now,
  );
}

/** Revision that the source has and the Kustomization has not applied. */
function missingRevision(facts: Facts): string | undefined {
  const { object } = facts;
  const revision = sourceObject(facts)?.status?.artifact?.revision;
  return isKustomization(object) &&
    revision !== object.status?.lastAppliedRevision
    ? revision
    : undefined;
}

function timestampOrNothing(token: string): string | undefined {
  return parseTime(token) === undefined ? undefined : token;
}

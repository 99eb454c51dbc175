import { isTrue } from './conditions';
import { gatherFacts } from './facts';
import type { Facts, Row } from './facts';
import { isFluxObject, isSource } from './kinds';
import { stripCredentials } from './stripCredentials';
import { failingRows } from './table/failing';
import { lifecycleRows } from './table/lifecycle';
import { progressRows } from './table/progress';
import { readyRows } from './table/ready';
import type {
  DerivedState,
  FailedReading,
  Reading,
  StateAttributes,
  StatusContext,
} from './types';

/** The order is the meaning: the first row that answers wins. */
const ROWS: readonly Row[] = [
  ...lifecycleRows,
  ...failingRows,
  ...progressRows,
  ...readyRows,
];

/**
 * Says in one word what state a Flux object is in, and what stands beside it.
 *
 * Pure: the same arguments give the same answer. Credentials in URLs are taken
 * out of the messages; otherwise these are the controller's own words.
 *
 * @param reading - The object as it is in the cluster, a projection of it, or why there is none.
 * @param source - The source of a Kustomization, read the same way; undefined when it is not known.
 * @param now - Time to judge by; `recheckAt` tells when the answer should be asked for again.
 * @param context - Look-ups for what stands beside the object.
 * @public
 */
export function deriveState(
  reading: Reading,
  source: Reading | undefined,
  now: Date,
  context: StatusContext = {},
): DerivedState {
  if (!isFluxObject(reading)) {
    return clean(failedReadingState(reading));
  }
  const facts = gatherFacts(reading, source, now, context, deriveState);
  for (const { rule, answer } of ROWS) {
    const found = answer(facts);
    if (found) {
      return clean({
        rule,
        revision: goodRevision(facts),
        ...found,
        attributes: found.attributes ?? {},
      });
    }
  }
  throw new Error('The last row of the state table answers always');
}

function failedReadingState(reading: FailedReading): DerivedState {
  return reading.failure === 'missing'
    ? {
        rule: '1',
        status: 'missing',
        since: reading.lastSeenAt,
        attributes: {},
      }
    : {
        rule: '2',
        status: 'unknown',
        message: reading.message,
        since: reading.lastReadAt,
        attributes: {},
      };
}

/** Last revision that is really there: applied, or fetched by a source. */
function goodRevision({ object, ready }: Facts): string | undefined {
  if (isSource(object)) {
    return object.status?.artifact?.revision;
  }
  // helm-controller names only what it attempted.
  const attempted =
    object.kind === 'HelmRelease' && isTrue(ready)
      ? object.status?.lastAttemptedRevision
      : undefined;
  return object.status?.lastAppliedRevision ?? attempted;
}

/** Drops what is undefined, so that answers compare and serialise alike. */
function clean(state: DerivedState): DerivedState {
  const { attributes, ...rest } = state;
  const { message } = rest;
  const { previous, stage } = attributes;
  return {
    ...withoutUndefined({
      ...rest,
      message: message && stripCredentials(message),
    }),
    attributes: withoutUndefined<StateAttributes>({
      ...attributes,
      stage: stage && stripCredentials(stage),
      previous:
        previous &&
        withoutUndefined({
          ...previous,
          message: previous.message && stripCredentials(previous.message),
        }),
    }),
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  ) as T;
}

import { condition } from './conditions';
import { isFluxObject } from './kinds';
import type {
  DerivedState,
  FluxCondition,
  FluxObject,
  Reading,
  StatusContext,
} from './types';

/**
 * The state table as a function, passed along where a row has to know the state
 * of another object.
 *
 * @internal
 */
export type Derive = (
  reading: Reading,
  source: Reading | undefined,
  now: Date,
  context: StatusContext,
) => DerivedState;

/** All that a row of the state table may look at. @internal */
export interface Facts {
  object: FluxObject;
  source: Reading | undefined;
  now: Date;
  context: StatusContext;
  ready: FluxCondition | undefined;
  reconciling: FluxCondition | undefined;
  stalled: FluxCondition | undefined;
  derive: Derive;
}

/** A row's answer; the table adds the name of the row. @internal */
export type RowAnswer = Omit<DerivedState, 'rule' | 'attributes'> & {
  attributes?: DerivedState['attributes'];
};

/** One row: its name, and its answer where its test holds. @internal */
export interface Row {
  rule: string;
  answer(facts: Facts): RowAnswer | undefined;
}

/** @internal */
export function gatherFacts(
  object: FluxObject,
  source: Reading | undefined,
  now: Date,
  context: StatusContext,
  derive: Derive,
): Facts {
  return {
    object,
    source,
    now,
    context,
    ready: condition(object, 'Ready'),
    reconciling: condition(object, 'Reconciling'),
    stalled: condition(object, 'Stalled'),
    derive,
  };
}

/** Reason, message and time of a condition, as parts of an answer. @internal */
export function words(
  from: FluxCondition | undefined,
): Pick<RowAnswer, 'reason' | 'message' | 'since'> {
  return {
    reason: from?.reason,
    message: from?.message,
    since: from?.lastTransitionTime,
  };
}

/**
 * The outcome that the conditions tell, whatever spec they are about: what to
 * show in a muted second place while the state itself is not an outcome.
 *
 * @internal
 */
export function lastOutcome(
  facts: Facts,
): NonNullable<DerivedState['attributes']['previous']> | undefined {
  const { ready, stalled } = facts;
  if (stalled?.status === 'True') {
    return {
      status: 'stalled',
      reason: stalled.reason,
      message: stalled.message,
    };
  }
  if (ready?.status !== 'True' && ready?.status !== 'False') {
    return undefined;
  }
  return {
    status: ready.status === 'True' ? 'ready' : 'failed',
    reason: ready.reason,
    message: ready.message,
  };
}

/** The source as an object, where it could be read. @internal */
export function sourceObject(facts: Facts): FluxObject | undefined {
  return facts.source && isFluxObject(facts.source) ? facts.source : undefined;
}

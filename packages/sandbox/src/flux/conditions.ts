import { Condition, FluxObject } from './FluxObject';

const FIRST = ['Stalled', 'Reconciling', 'Ready'];

/** Order in which Flux writes conditions. */
function compare(a: Condition, b: Condition): number {
  const first = (condition: Condition) => {
    const index = FIRST.indexOf(condition.type);
    return index < 0 ? FIRST.length : index;
  };
  return (
    first(a) - first(b) ||
    b.observedGeneration - a.observedGeneration ||
    a.type.localeCompare(b.type)
  );
}

export function getCondition(
  object: FluxObject,
  type: string,
): Condition | undefined {
  return object.status.conditions?.find(condition => condition.type === type);
}

export function isCondition(
  object: FluxObject,
  type: string,
  status: Condition['status'],
): boolean {
  return getCondition(object, type)?.status === status;
}

/**
 * Sets a condition about the present generation. Its time changes only with
 * status, reason or message.
 */
export function setCondition(
  object: FluxObject,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): void {
  const present = getCondition(object, type);
  const same =
    present?.status === status &&
    present.reason === reason &&
    present.message === message;
  const condition: Condition = {
    lastTransitionTime: same
      ? present.lastTransitionTime
      : new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    message,
    observedGeneration: object.metadata.generation ?? 0,
    reason,
    status,
    type,
  };
  object.status.conditions = [
    ...(object.status.conditions ?? []).filter(other => other.type !== type),
    condition,
  ].sort(compare);
}

export function deleteCondition(object: FluxObject, type: string): void {
  object.status.conditions = object.status.conditions?.filter(
    condition => condition.type !== type,
  );
}

/** Under way: never together with Stalled. */
export function markReconciling(
  object: FluxObject,
  reason: string,
  message: string,
): void {
  deleteCondition(object, 'Stalled');
  setCondition(object, 'Reconciling', 'True', reason, message);
}

/** Given up: never together with Reconciling. */
export function markStalled(
  object: FluxObject,
  reason: string,
  message: string,
): void {
  deleteCondition(object, 'Reconciling');
  setCondition(object, 'Stalled', 'True', reason, message);
}

/** A Reconciling that is left after a pass says that the work is being retried. */
export function markRetrying(object: FluxObject): void {
  const reconciling = getCondition(object, 'Reconciling');
  if (reconciling?.status === 'True') {
    setCondition(
      object,
      'Reconciling',
      'True',
      'ProgressingWithRetry',
      reconciling.message,
    );
  }
}

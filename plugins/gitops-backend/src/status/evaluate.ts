import {
  deriveState,
  diagnose,
  type DerivedState,
  type Diagnosis,
  type FluxEvent,
  type FluxObject,
  type Reading,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterKnowledge } from './ClusterKnowledge';

/** One resource as the cluster shows it now, read and judged. @internal */
export interface Evaluation {
  /** Absent when the cluster has no such object. */
  object?: FluxObject;
  /** Revision the source has to offer at this moment. */
  sourceRevision?: string;
  /** When source-controller had it, RFC 3339. */
  sourceFetchedAt?: string;
  derived: DerivedState;
  diagnosis?: Diagnosis;
}

/** What is to be judged, and what was known of it before. @internal */
export interface Judged {
  kind: string;
  namespace: string;
  name: string;
  /** Present once an object of the cluster was seen. */
  lastSeenAt?: string;
  /** The status and diagnosis written before. */
  status: ResourceStatus;
  diagnosis?: Diagnosis;
}

/**
 * Judges a resource by what is known of its cluster.
 *
 * @param events - Kubernetes Events of the object; undefined when they were not
 * read (yet).
 * @returns undefined while there is nothing to judge by.
 * @internal
 */
export function evaluate(
  judged: Judged,
  knowledge: ClusterKnowledge,
  now: Date,
  events?: readonly FluxEvent[],
): Evaluation | undefined {
  const { kind, namespace, name } = judged;
  const known = knowledge.read({ kind, namespace, name });
  if (!known) {
    return undefined;
  }
  const object = 'failure' in known ? undefined : known;
  const reading: Reading = object ?? {
    failure: 'missing',
    reference: { kind, name, namespace },
    lastSeenAt:
      ('failure' in known && known.failure === 'missing' && known.lastSeenAt) ||
      judged.lastSeenAt,
  };
  const sourceRef = object?.spec?.sourceRef;
  const source =
    sourceRef &&
    knowledge.read({
      kind: sourceRef.kind,
      name: sourceRef.name,
      namespace: sourceRef.namespace ?? namespace,
    });
  const { context } = knowledge;
  const derived = deriveState(reading, source, now, context);
  const diagnosis = diagnose(reading, source, events ?? [], now, context);
  const artifact =
    source && !('failure' in source) ? source.status?.artifact : undefined;
  return {
    object,
    sourceRevision: artifact?.revision,
    sourceFetchedAt: artifact?.lastUpdateTime,
    derived,
    diagnosis:
      keepsFinding(judged, derived.status, events) && !isFromEvents(diagnosis)
        ? judged.diagnosis
        : diagnosis,
  };
}

/** Rows of the catalogue that only events tell of. */
const FROM_EVENTS = ['T2', 'T3', 'T4'];

/**
 * Events live for an hour. What they told of a deletion stays true after them
 * where the object is gone, and until they are read again where it is not.
 */
function keepsFinding(
  { status, diagnosis }: Judged,
  next: ResourceStatus,
  events: readonly FluxEvent[] | undefined,
): boolean {
  return (
    isFromEvents(diagnosis) &&
    status === next &&
    (next === 'missing' || (next === 'terminating' && events === undefined))
  );
}

function isFromEvents(diagnosis: Diagnosis | undefined): boolean {
  return diagnosis !== undefined && FROM_EVENTS.includes(diagnosis.id);
}

/** States that stay until something happens; the others are on their way. @internal */
export function isSettled(status: string): boolean {
  return status === 'ready' || status === 'failed' || status === 'stalled';
}

/**
 * True while a controller is in the middle of a run: rows 13 and 14 of the
 * state table, where Ready is Unknown. Every scheduled run passes through it
 * for a moment.
 *
 * @internal
 */
export function isPassing({ rule }: DerivedState): boolean {
  return rule === '13' || rule === '14';
}

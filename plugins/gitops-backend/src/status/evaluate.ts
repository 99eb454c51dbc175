import {
  deriveState,
  diagnose,
  type DerivedState,
  type Diagnosis,
  type FluxObject,
  type Reading,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitopsResource } from '../database/tables';
import { KIND_OF_TYPE, type ClusterKnowledge } from './ClusterKnowledge';

/** One resource as the cluster shows it now, read and judged. @internal */
export interface Evaluation {
  /** Absent when the cluster has no such object. */
  object?: FluxObject;
  /** Revision the source has to offer at this moment. */
  sourceRevision?: string;
  derived: DerivedState;
  diagnosis?: Diagnosis;
}

/**
 * Judges a resource by what is known of its cluster.
 *
 * @returns undefined while there is nothing to judge by.
 * @internal
 */
export function evaluate(
  resource: GitopsResource,
  knowledge: ClusterKnowledge,
  now: Date,
): Evaluation | undefined {
  const kind = KIND_OF_TYPE[resource.type];
  const { namespace, name } = resource;
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
      (resource.observed ? resource.lastStatusUpdateAt : undefined),
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
  return {
    object,
    sourceRevision:
      source && !('failure' in source)
        ? source.status?.artifact?.revision
        : undefined,
    derived: deriveState(reading, source, now, context),
    diagnosis: diagnose(reading, source, [], now, context),
  };
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

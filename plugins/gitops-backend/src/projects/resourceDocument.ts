import {
  commitOfRevision,
  deriveState,
  diagnose,
  type ClusterDocument,
  type DerivedState,
  type Diagnosis,
  type FluxObject,
  type ResourceStateDocument,
  type StatusContext,
} from '@backstage-gitops/plugin-gitops-common';
import { FLUX_KINDS } from '../flux/resourceReference';
import { nextReconciliation } from './nextReconciliation';
import { suspensionDocument } from './suspensionDocument';
import type { ShownResource } from './shownColumns';

/** The state of a resource at the moment of reading. */
export type CurrentState = Omit<DerivedState, 'rule' | 'recheckAt'> & {
  diagnosis?: Diagnosis;
};

/**
 * The state of a resource as of now. What the status engine wrote is the answer
 * (it has settled the flicker of scheduled runs) until time alone may have
 * changed it; then it is derived anew from the object that was seen. When the
 * cluster cannot be reached, the old state is only told as the previous one.
 *
 * @param around - Objects that the state is read together with.
 */
export function currentState(
  resource: ShownResource,
  cluster: ClusterDocument,
  at: Date,
  around: { source?: FluxObject; context: StatusContext },
): CurrentState {
  const stored = storedState(resource);
  // Pending tells of the portal's own work, not of the cluster.
  if (cluster.state === 'unreachable' && resource.status !== 'pending') {
    const { status, reason, message } = stored;
    const unreadable = {
      failure: 'unreadable' as const,
      reference: {
        kind: FLUX_KINDS[resource.type].kind,
        name: resource.name,
        namespace: resource.namespace,
      },
      message: cluster.error ?? `Cluster '${cluster.name}' cannot be reached`,
      lastReadAt: cluster.lastSyncedAt,
    };
    const derived = deriveState(unreadable, undefined, at);
    return {
      ...derived,
      revision: stored.revision,
      attributes: {
        ...derived.attributes,
        previous: { status, reason, message },
      },
      diagnosis: diagnose(unreadable, undefined, [], at),
    };
  }
  const { observed, recheckAt, status } = resource;
  if (
    !observed ||
    status === 'missing' ||
    !recheckAt ||
    Date.parse(recheckAt) > at.getTime()
  ) {
    return stored;
  }
  return {
    ...deriveState(observed, around.source, at, around.context),
    diagnosis: diagnose(observed, around.source, [], at, around.context),
  };
}

function storedState(resource: ShownResource): CurrentState {
  const { observed } = resource;
  return {
    status: resource.status,
    reason: resource.statusReason,
    message: resource.statusMessage,
    since: resource.statusSince,
    revision:
      resource.lastAppliedRevision ?? observed?.status?.artifact?.revision,
    attributes: resource.attributes ?? {},
    diagnosis: resource.diagnosis,
  };
}

/** A resource as it is shown. */
export function resourceDocument(
  resource: ShownResource,
  state: CurrentState,
  at: Date,
): ResourceStateDocument {
  const { type, name, namespace, cluster } = resource;
  const { status, since, revision, attributes, reason, message, diagnosis } =
    state;
  const suspension =
    status === 'suspended' ? suspensionDocument(resource) : undefined;
  const nextReconciliationAt = nextReconciliation(resource, status, at);
  return {
    type,
    name,
    namespace,
    cluster,
    status,
    since,
    commit: commitOfRevision(revision),
    revision,
    attributes,
    ...(suspension && { suspension }),
    ...(nextReconciliationAt && { nextReconciliationAt }),
    handledRequest: resource.observed?.status?.lastHandledReconcileAt,
    reason,
    message,
    ...(diagnosis && { diagnosis }),
  };
}

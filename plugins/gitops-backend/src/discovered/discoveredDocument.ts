import {
  commitOfRevision,
  deriveState,
  diagnose,
  type ClusterDocument,
  type DiscoveredResourceDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { DiscoveredResource } from '../database/tables';

/**
 * A discovered object as it is shown. While its cluster cannot be reached, the
 * state that was seen is told as the previous one.
 *
 * @param cluster - What the portal knows of its knowledge of the cluster;
 * undefined for one that is not configured.
 */
export function discoveredDocument(
  resource: DiscoveredResource,
  cluster: ClusterDocument | undefined,
  at: Date,
): DiscoveredResourceDocument {
  const { kind, name, namespace, revision } = resource;
  const identity = { kind, name, namespace, cluster: resource.cluster };
  const place = {
    ...identity,
    ...(revision && { revision, commit: commitOfRevision(revision) }),
  };
  if (!cluster || cluster.state === 'unreachable') {
    const unreadable = {
      failure: 'unreadable' as const,
      reference: { kind, name, namespace },
      message: cluster
        ? cluster.error ?? `Cluster '${cluster.name}' cannot be reached`
        : `Cluster '${resource.cluster}' is not known to this portal`,
      lastReadAt: cluster?.lastSyncedAt,
    };
    const { status, reason, message, since, attributes } = deriveState(
      unreadable,
      undefined,
      at,
    );
    return {
      ...place,
      status,
      since,
      reason,
      message,
      attributes: {
        ...attributes,
        ...(resource.observed && {
          previous: {
            status: resource.status,
            reason: resource.statusReason,
            message: resource.statusMessage,
          },
        }),
      },
      diagnosis: diagnose(unreadable, undefined, [], at),
    };
  }
  return {
    ...place,
    status: resource.status,
    since: resource.statusSince,
    reason: resource.statusReason,
    message: resource.statusMessage,
    attributes: resource.attributes ?? {},
    ...(resource.diagnosis && { diagnosis: resource.diagnosis }),
  };
}

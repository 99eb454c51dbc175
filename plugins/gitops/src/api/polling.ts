import type { ClusterDocument } from '@backstage-gitops/plugin-gitops-common';

/** Milliseconds between reads. */
export const POLLING = {
  /** As long as no signal has proven that the portal sends any. */
  unsignalled: 10_000,
  /** A silent signal connection cannot be told from a quiet portal. */
  signalled: 60_000,
  /** While a set-up runs or a request is being followed. */
  close: 2_000,
  absent: 30_000,
  firstRetry: 2_000,
  longestRetry: 60_000,
  /** Between a signal and a replica that has caught up with it. */
  behindSignal: 1_000,
} as const;

/**
 * Milliseconds until the next try after some failures in a row.
 *
 * @param failures - at least one
 */
export function retryDelay(failures: number): number {
  const full = Math.min(
    POLLING.firstRetry * 2 ** (failures - 1),
    POLLING.longestRetry,
  );
  // Spread, so that the pages of a whole company do not come back as one.
  return full * (0.75 + Math.random() / 4);
}

/** Milliseconds until the next read when all is well and nothing is awaited. */
export function restDelay(
  signalSeen: boolean,
  clusters: readonly Pick<ClusterDocument, 'state'>[] = [],
): number {
  // Signals tell of projects: that a cluster is heard again changes none of them.
  return signalSeen && clusters.every(({ state }) => state === 'live')
    ? POLLING.signalled
    : POLLING.unsignalled;
}

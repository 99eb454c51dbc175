import type { ClusterDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ListedSession } from '../database/ClusterSessionStore';

/**
 * A quiet cluster is heard of by bookmarks only, and the first one can take two
 * minutes. Silence beyond this is news.
 */
export const SILENCE_LIMIT_MS = 150_000;
/** After so long nothing that is stored may be taken for the present. */
export const LOST_AFTER_MS = 10 * 60_000;

/** The part of a session that tells how fresh the knowledge is. */
export type KnownSession = Pick<
  ListedSession,
  'cluster' | 'state' | 'error' | 'reason' | 'lastSyncedAt'
>;

/** How fresh the knowledge of a cluster is, judged at the moment of reading. */
export function clusterDocument(
  name: string,
  session: KnownSession | undefined,
  at: Date,
): ClusterDocument {
  if (!session?.lastSyncedAt) {
    return {
      name,
      state: session?.state === 'unreachable' ? 'unreachable' : 'connecting',
      ...(session?.error
        ? why(session)
        : {
            error: 'The portal has not read this cluster completely yet',
            reason: 'unread',
          }),
    };
  }
  const { lastSyncedAt, state } = session;
  const ageMs = Math.max(0, at.getTime() - Date.parse(lastSyncedAt));
  const document = { name, lastSyncedAt, ageMs };
  if (ageMs > LOST_AFTER_MS) {
    return {
      ...document,
      state: 'unreachable',
      ...(session.error
        ? why(session)
        : {
            error: 'Nothing has been heard from the cluster for a long time',
            reason: 'silent',
          }),
    };
  }
  if (state === 'live' && ageMs > SILENCE_LIMIT_MS) {
    return {
      ...document,
      state: 'delayed',
      error: 'The cluster has been silent for longer than it should be',
      reason: 'silent',
    };
  }
  return { ...document, state, ...(state !== 'live' && why(session)) };
}

function why({
  error,
  reason,
}: KnownSession): Pick<ClusterDocument, 'error' | 'reason'> {
  return { ...(error && { error }), ...(reason && { reason }) };
}

/** All clusters that are configured, those that cannot be used included. */
export function clusterDocuments(
  configured: {
    names: readonly string[];
    refused: readonly { cluster: string; reason: string }[];
  },
  sessions: readonly KnownSession[],
  at: Date,
): ClusterDocument[] {
  const { names, refused } = configured;
  return [
    ...names.map(name =>
      clusterDocument(
        name,
        sessions.find(session => session.cluster === name),
        at,
      ),
    ),
    ...refused.map(({ cluster, reason }) => ({
      name: cluster,
      state: 'unreachable' as const,
      error: reason,
    })),
  ];
}

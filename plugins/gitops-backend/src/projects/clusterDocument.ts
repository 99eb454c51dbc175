import type {
  ClusterDocument,
  SentenceId,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterSession } from '../database/tables';
import { notice, noticeOf } from '../words/notice';

/**
 * A quiet cluster is heard of by bookmarks only, and the first one can take two
 * minutes. Silence beyond this is news.
 */
export const SILENCE_LIMIT_MS = 150_000;
/** After so long nothing that is stored may be taken for the present. */
export const LOST_AFTER_MS = 10 * 60_000;

/** The part of a session that tells how fresh the knowledge is. */
export type KnownSession = Pick<
  ClusterSession,
  'cluster' | 'state' | 'error' | 'wording' | 'lastSyncedAt'
>;

type Trouble = Pick<ClusterDocument, 'error' | 'wording'>;

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
      ...(session?.error ? troubleOf(session) : finding('clusterUnread')),
    };
  }
  const { lastSyncedAt, state } = session;
  const ageMs = Math.max(0, at.getTime() - Date.parse(lastSyncedAt));
  const document = { name, lastSyncedAt, ageMs };
  if (ageMs > LOST_AFTER_MS) {
    return {
      ...document,
      state: 'unreachable',
      ...(session.error ? troubleOf(session) : finding('clusterLost')),
    };
  }
  if (state === 'live' && ageMs > SILENCE_LIMIT_MS) {
    return { ...document, state: 'delayed', ...finding('clusterSilent') };
  }
  return { ...document, state, ...(state !== 'live' && troubleOf(session)) };
}

/** What is stored of why a cluster is not live. */
export function troubleOf(
  session: Pick<KnownSession, 'error' | 'wording'>,
): Trouble {
  const { message: error, wording } = noticeOf({
    message: session.error,
    wording: session.wording,
  });
  return { ...(error && { error }), ...(wording && { wording }) };
}

/** What the portal finds by itself. */
function finding(id: SentenceId): Trouble {
  const { message: error, wording } = notice(id);
  return { error, wording };
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

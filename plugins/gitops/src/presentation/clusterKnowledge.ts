import type {
  ClusterDocument,
  ClusterState,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';

/** Knowledge older than this is not drawn as the state any more. */
const OLD_AFTER_MS = 60_000;
/** A page whose reads fail is old after this. */
const UNANSWERED_AFTER_MS = 30_000;
/** A page that was not read at all (asleep, hidden) is old after this. */
const UNREAD_AFTER_MS = 90_000;

/** How much of what is on the page about one cluster still holds. */
export interface ClusterKnowledge {
  name: string;
  state: ClusterState;
  /** RFC 3339; when the portal last heard from the cluster, as far as this page knows. */
  heardAt?: string;
  /** Why it is not live, in English. */
  error?: string;
  /** What `error` says; absent for words from elsewhere. */
  wording?: Wording;
  /**
   * `live`: draw it as it is. `aging`: draw it muted, with its age. `old`: draw
   * Unknown, with what was last known.
   */
  trust: 'live' | 'aging' | 'old';
}

/** What a page knows about its own touch with the portal. */
export interface PageTouch {
  /** Why the last read failed. */
  error?: Error;
  /** Browser clock at the last answer, in milliseconds. */
  answeredAt?: number;
  /** Portal clock minus browser clock, in milliseconds. */
  clockOffset: number;
}

/** The part of an answer that says which clusters it speaks of. */
export interface ClustersOfAnswer {
  clusters: ClusterDocument[];
  environments: { cluster: string }[];
  sources: { cluster: string }[];
  /** RFC 3339; the portal's clock when it answered. */
  serverTime: string;
}

/** The portal's clock, as far as this page knows it. */
export function portalNow(
  snapshot: Pick<PageTouch, 'clockOffset'>,
  now: number,
): number {
  return now + snapshot.clockOffset;
}

/** True when the page itself has lost touch with the portal. */
export function isPageStale(
  snapshot: Pick<PageTouch, 'answeredAt' | 'error'>,
  now: number,
): boolean {
  if (snapshot.answeredAt === undefined) {
    return false;
  }
  const limit = snapshot.error ? UNANSWERED_AFTER_MS : UNREAD_AFTER_MS;
  return now - snapshot.answeredAt > limit;
}

/** Judges every cluster an answer is about, also those it says nothing of. */
export function clusterKnowledge(
  snapshot: PageTouch & { project: ClustersOfAnswer },
  now: number,
): Map<string, ClusterKnowledge> {
  const { project } = snapshot;
  const pageStale = isPageStale(snapshot, now);
  const names = new Set([
    ...project.clusters.map(cluster => cluster.name),
    ...project.environments.map(environment => environment.cluster),
    ...project.sources.map(source => source.cluster),
  ]);
  const result = new Map<string, ClusterKnowledge>();
  for (const name of names) {
    const cluster = project.clusters.find(each => each.name === name);
    const state = cluster?.state ?? 'connecting';
    const live = state === 'live';
    // A live cluster is known up to the moment the portal answered.
    const heardAt = live ? project.serverTime : cluster?.lastSyncedAt;
    const age = heardAt
      ? portalNow(snapshot, now) - Date.parse(heardAt)
      : Infinity;
    let trust: ClusterKnowledge['trust'] = 'aging';
    if (pageStale || state === 'unreachable' || (!live && age > OLD_AFTER_MS)) {
      trust = 'old';
    } else if (live) {
      trust = 'live';
    }
    const { error, wording } = cluster ?? {};
    result.set(name, { name, state, heardAt, error, wording, trust });
  }
  return result;
}

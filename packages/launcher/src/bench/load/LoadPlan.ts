/** How much is put on the portal. */
export interface Tier {
  name: string;
  /** Clusters with a real API server, and in-process ones beside them. */
  realClusters: number;
  sandboxClusters: number;
  /** Each has three environments, on clusters of their own as far as there are so many. */
  projects: number;
  /** Settled changes of Flux objects, all clusters together. */
  changesPerSecond: number;
  /** How long the load is kept up, in seconds. */
  seconds: number;
  /** A burst after it. */
  burst?: { changesPerSecond: number; seconds: number };
  viewers: number;
}

/** The sizes that figures are given for. */
export const TIERS: Readonly<Record<string, Tier>> = {
  L1: {
    name: 'L1',
    realClusters: 3,
    sandboxClusters: 0,
    projects: 100,
    changesPerSecond: 10,
    seconds: 60,
    viewers: 20,
  },
  L2: {
    name: 'L2',
    realClusters: 2,
    sandboxClusters: 18,
    projects: 3334,
    changesPerSecond: 100,
    seconds: 60,
    burst: { changesPerSecond: 1000, seconds: 30 },
    viewers: 200,
  },
};

/** One environment of a planned project and the two Flux objects behind it. */
export interface PlannedEnvironment {
  name: string;
  cluster: string;
  source: string;
  kustomization: string;
}

export interface PlannedProject {
  slug: string;
  /** Of its Flux objects, on each cluster. */
  namespace: string;
  environments: PlannedEnvironment[];
}

export const STAGES = ['development', 'staging', 'production'] as const;

/** Projects spread evenly over the clusters; the same for the same names. */
export function planProjects(
  count: number,
  clusters: readonly string[],
): PlannedProject[] {
  return Array.from({ length: count }, (_, index) => {
    const slug = `load-${String(index).padStart(5, '0')}`;
    return {
      slug,
      namespace: `project-${slug}`,
      environments: STAGES.map((name, stage) => ({
        name,
        cluster: clusters[(index + stage) % clusters.length],
        source: `${slug}-repo`,
        kustomization: `${slug}-${name}`,
      })),
    };
  });
}

/** Sources and Kustomizations of all of them; a cluster has one source a project. */
export function countObjects(projects: readonly PlannedProject[]): number {
  return projects.reduce(
    (total, { environments }) =>
      total +
      environments.length +
      new Set(environments.map(({ cluster }) => cluster)).size,
    0,
  );
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) % 0x100000000;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** A commit id that carries the number of the change it stands for. */
export function commitOf(change: number): string {
  return change.toString(16).padStart(40, '0');
}

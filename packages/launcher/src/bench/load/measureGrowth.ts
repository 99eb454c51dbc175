import { say } from '../../say';
import type { Tier } from './LoadPlan';
import type { LoadResult } from './LoadResult';
import { measureLoad } from './measureLoad';

/** What grows, while everything else stays. */
export type Dimension = 'objects' | 'clusters' | 'viewers';

export interface GrowthPoint {
  dimension: Dimension;
  /** How much of it. */
  value: number;
  result: LoadResult;
}

const BASE: Tier = {
  name: 'growth',
  realClusters: 0,
  sandboxClusters: 3,
  projects: 167,
  changesPerSecond: 20,
  seconds: 20,
  viewers: 20,
};

/** Sizes of each dimension; objects are six a project. */
const SIZES: Readonly<Record<Dimension, readonly number[]>> = {
  objects: [100, 1000, 10_000, 20_000],
  clusters: [1, 10, 25, 50],
  viewers: [1, 50, 200, 500],
};

function tierOf(dimension: Dimension, value: number): Tier {
  switch (dimension) {
    case 'objects':
      return {
        ...BASE,
        projects: Math.round(value / 6),
        viewers: Math.min(BASE.viewers, Math.round(value / 6)),
      };
    case 'clusters':
      return { ...BASE, sandboxClusters: value };
    default:
      return { ...BASE, viewers: value };
  }
}

/** Measures how costs grow with objects, clusters and viewers, on PostgreSQL. */
export async function measureGrowth(seed: number): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const [dimension, values] of Object.entries(SIZES) as [
    Dimension,
    readonly number[],
  ][]) {
    for (const value of values) {
      say(`growth: ${value} ${dimension}`);
      const result = await measureLoad({
        tier: tierOf(dimension, value),
        database: 'postgres',
        seed,
        reads: false,
        peer: false,
      });
      points.push({ dimension, value, result });
    }
  }
  return points;
}

/** Value below which `share` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1];
}

/** Middle value; of an even number of samples the lower one of the two. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Limits of the calls to one Git host, in milliseconds. @public */
export interface GitHostLimits {
  /** Longest wait for one answer. */
  attemptMs: number;
  /** Longest wait for a call with all its repetitions. */
  callMs: number;
  /** First pause before a repetition; doubles, with jitter. */
  retryMs: number;
}

/** @public */
export const DEFAULT_GIT_HOST_LIMITS: GitHostLimits = {
  attemptMs: 10_000,
  callMs: 30_000,
  retryMs: 250,
};

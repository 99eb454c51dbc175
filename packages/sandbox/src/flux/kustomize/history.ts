import { isObject, JsonObject } from '../../kustomize/json';
import { formatDuration } from '../duration';

const KEPT = 5;

/**
 * `status.history` with one more run: newest first, runs of the same content
 * with the same outcome merged, at most five entries.
 */
export function addToHistory(
  history: unknown,
  run: {
    digest: string;
    durationMs: number;
    status: string;
    revision: string;
  },
): JsonObject[] {
  const entries = Array.isArray(history) ? history.filter(isObject) : [];
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const same = entries.find(
    entry =>
      entry.digest === run.digest && entry.lastReconciledStatus === run.status,
  );
  const entry: JsonObject = {
    digest: run.digest,
    firstReconciled: same?.firstReconciled ?? now,
    lastReconciled: now,
    lastReconciledDuration: formatDuration(run.durationMs),
    lastReconciledStatus: run.status,
    totalReconciliations: Number(same?.totalReconciliations ?? 0) + 1,
    metadata: { revision: run.revision },
  };
  return [entry, ...entries.filter(other => other !== same)].slice(0, KEPT);
}

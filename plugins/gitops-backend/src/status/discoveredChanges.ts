import { KUBERNETES_ID_LABEL } from '@backstage-gitops/plugin-gitops-common';
import { isDeepStrictEqual } from 'node:util';
import type { DiscoveredChanges } from '../database/DiscoveredResourceStore';
import type { DiscoveredResource } from '../database/tables';
import type { Evaluation } from './evaluate';
import { stable } from './resourceChanges';

/**
 * Compares the row of a discovered object with what the cluster shows.
 *
 * @param row - Absent for an object that has none yet.
 * @param at - Time of the portal, RFC 3339.
 * @returns undefined when there is nothing to write.
 * @internal
 */
export function discoveredChanges(
  row: DiscoveredResource | undefined,
  { object, derived, diagnosis }: Evaluation,
  at: string,
): DiscoveredChanges | undefined {
  const shown = {
    // What an object that is gone was labelled with still leads to its row.
    kubernetesId: object
      ? object.metadata.labels?.[KUBERNETES_ID_LABEL]
      : row?.kubernetesId,
    status: derived.status,
    statusReason: derived.reason,
    statusMessage: derived.message,
    revision: object ? derived.revision : row?.revision,
    attributes: stable(derived.attributes),
    diagnosis: stable(diagnosis),
  };
  const same = Object.entries(shown).every(([key, value]) =>
    isDeepStrictEqual(stable(row?.[key as keyof typeof shown]), value),
  );
  if (row && same && (row.observed !== undefined || object === undefined)) {
    return undefined;
  }
  const since = derived.since ?? at;
  return {
    ...shown,
    ...(object && { observed: object }),
    statusSince:
      row?.status === derived.status ? row.statusSince ?? since : since,
    lastStatusUpdateAt: at,
  };
}

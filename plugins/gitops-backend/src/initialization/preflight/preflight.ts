import { checkAddress } from './checkAddress';
import { checkOverlays } from './checkOverlays';
import { checkReading } from './checkReading';
import { type Findings, together } from './Problem';
import type { Subject } from './Subject';

/**
 * Tries what Flux will try, before anything is written into a cluster: the
 * address, the host, the right to read with the very credential, the branch, and
 * each environment's path. All problems are found in one go.
 *
 * @internal
 */
export async function preflight(subject: Subject): Promise<Findings> {
  const address = await checkAddress(subject);
  const [reading, overlays] = await Promise.all([
    // The credential is sent to no address that was found wanting.
    address.problems.length > 0 ? undefined : checkReading(subject),
    checkOverlays(subject),
  ]);
  return together([address, ...(reading ? [reading] : []), overlays]);
}

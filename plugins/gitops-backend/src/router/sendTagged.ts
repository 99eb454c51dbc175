import { createHash } from 'node:crypto';
import type { ClusterDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Response } from 'express';

/** Ages that are told by a copy which was confirmed are right to within this. */
const AGE_STEP_MS = 10_000;
/** The portal's clock in such a copy is. */
const CLOCK_STEP_MS = 60_000;

/**
 * Answers with a tag, so that a page that has the same already is told so in a few
 * bytes (304).
 *
 * The tag is made of the whole answer, not of its version: time, a lost cluster,
 * or other rights change what is shown without a new version. Only what moves with
 * the clock goes in by steps: a copy is confirmed for as long as the ages in it are
 * as good as right, and never with an old freshness.
 */
export function sendTagged(
  response: Response,
  document: { clusters?: ClusterDocument[]; serverTime?: string },
): void {
  const { clusters, serverTime } = document;
  const content = JSON.stringify({
    ...document,
    serverTime:
      serverTime && Math.floor(Date.parse(serverTime) / CLOCK_STEP_MS),
    clusters: clusters?.map(({ lastSyncedAt, ageMs, ...rest }) => ({
      ...rest,
      age: ageMs === undefined ? undefined : Math.floor(ageMs / AGE_STEP_MS),
    })),
  });
  const tag = createHash('sha1').update(content).digest('base64url');
  response
    .set('ETag', `W/"${tag}"`)
    .vary('Accept-Language')
    // Asked again each time: what one may see can change at any moment.
    .set('Cache-Control', 'private, no-cache')
    .type('json')
    // Backstage has `json()` indent in development, by half the weight of a page.
    .send(JSON.stringify(document));
}

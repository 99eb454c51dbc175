import { setTimeout as delay } from 'node:timers/promises';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { CatalogService } from '@backstage/plugin-catalog-node';

const POLL_INTERVAL_MS = 500;

/**
 * Waits until an entity of a file that is registered can be read: the catalog
 * takes it up in its own time, and until then its page says that there is none.
 *
 * @param options - `origin` is the address of the file, for the message
 * @throws when the time is over, with what may be the reason and what to do; what
 * the catalog answers; and the signal's reason when it aborts
 */
export async function waitForEntity(options: {
  catalog: CatalogService;
  credentials: BackstageCredentials;
  entityRef: string;
  origin: string;
  timeoutMs: number;
  signal?: AbortSignal;
}): Promise<void> {
  const { catalog, credentials, entityRef, origin, timeoutMs, signal } =
    options;
  const end = performance.now() + timeoutMs;
  while (!(await catalog.getEntityByRef(entityRef, { credentials }))) {
    const left = end - performance.now();
    if (left <= 0) {
      throw new Error(
        `${origin} is registered, but ${entityRef} was not to be read from the catalog within ${
          timeoutMs / 1000
        } s. It stays registered and may still appear: look in the log of the catalog for why it does not, or whether who started the task may read it (catalog.entity.read), then run this step again`,
      );
    }
    await delay(Math.min(POLL_INTERVAL_MS, left), undefined, { signal });
  }
}

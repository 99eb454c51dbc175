import { ObjectStore } from '../../kubernetes/ObjectStore';
import { StatusError } from '../../kubernetes/StatusError';
import { HealthStatus, healthStatus } from './healthStatus';
import {
  apiVersionOf,
  ObjectReference,
  showReference,
} from './objectReference';

/** Objects that did not become healthy; its message is Flux's. */
export class HealthError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HealthError';
  }
}

interface Seen {
  reference: ObjectReference;
  status: HealthStatus | 'Unknown';
  error?: string;
}

function look(
  store: ObjectStore,
  reference: ObjectReference,
  user: string | undefined,
): Seen {
  const kind = store.resolve(apiVersionOf(reference), reference.kind);
  if (!kind) {
    return {
      reference,
      status: 'Unknown',
      error: `no matches for kind "${
        reference.kind
      }" in version "${apiVersionOf(reference)}"`,
    };
  }
  try {
    const object = store.get(
      kind,
      kind.namespaced ? reference.namespace : undefined,
      reference.name,
      { user },
    );
    return { reference, status: healthStatus(object) };
  } catch (error) {
    if (error instanceof StatusError) {
      return { reference, status: 'Unknown', error: error.message };
    }
    throw error;
  }
}

function report(seen: Seen[]): string {
  return `[${seen
    .map(
      ({ reference, status, error }) =>
        `${showReference(reference)} status: '${status}'${
          error ? `: ${error}` : ''
        }`,
    )
    .join(', ')}]`;
}

/**
 * Waits until all objects are healthy; looks again at every change of one of
 * their kinds, so that nothing is noticed late.
 *
 * @throws HealthError as soon as one has failed, or when the time is up
 */
export async function waitForHealth(options: {
  store: ObjectStore;
  references: readonly ObjectReference[];
  timeoutMs: number;
  user?: string;
  signal: AbortSignal;
}): Promise<void> {
  const { store, references, user, signal } = options;
  const unwatch: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        const seen = references.map(reference => look(store, reference, user));
        const failed = seen.filter(({ status }) => status === 'Failed');
        if (failed.length > 0) {
          reject(
            new HealthError(
              `failed early due to stalled resources: ${report(failed)}`,
            ),
          );
        } else if (seen.every(({ status }) => status === 'Current')) {
          resolve();
        }
      };
      timer = setTimeout(() => {
        reject(
          new HealthError(
            `timeout waiting for: ${report(
              references
                .map(reference => look(store, reference, user))
                .filter(({ status }) => status !== 'Current'),
            )}`,
          ),
        );
      }, options.timeoutMs);
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      const kinds = new Map(
        references.map(reference => {
          const kind = store.resolve(apiVersionOf(reference), reference.kind);
          return [kind?.plural, kind];
        }),
      );
      for (const kind of kinds.values()) {
        if (kind) {
          unwatch.push(store.watch(kind, check));
        }
      }
      check();
    });
  } finally {
    clearTimeout(timer);
    unwatch.forEach(end => end());
    if (onAbort) {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

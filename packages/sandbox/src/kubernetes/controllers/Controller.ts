/** A loop that keeps one part of the cluster's promises. */
export interface Controller {
  /** Takes up present objects and follows changes. */
  start(): void;
  /** Ends all timers and watches. */
  stop(): void;
}

/** Key of an object within one kind's queue. */
export function keyOf(object: {
  metadata: { namespace?: string; name: string };
}): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** The reverse of `keyOf`. */
export function splitKey(key: string): {
  namespace: string | undefined;
  name: string;
} {
  const slash = key.indexOf('/');
  return {
    namespace: key.slice(0, slash) || undefined,
    name: key.slice(slash + 1),
  };
}

/** Now, with the precision the API has. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

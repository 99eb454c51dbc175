import {
  objectPath,
  waitUntil,
  type Cluster,
} from '@backstage-gitops/control-plane';

/** A Kubernetes object, as far as an observer looks at it. */
export interface Observed {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    resourceVersion: string;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

/** One change of one object, in the order of the API server. */
export interface Change {
  version: number;
  /** When it arrived here. */
  seenAt: Date;
  deleted: boolean;
  object: Observed;
}

interface Kind {
  apiVersion: string;
  kind: string;
}

const KINDS: Kind[] = [
  { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' },
  { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'v1', kind: 'Event' },
];

interface Waiter {
  look(): void;
  fail(error: Error): void;
}

/** How long one watch request lasts; the next one goes on where it ended. */
const WATCH_SECONDS = 20;

/**
 * Sees every change of the kinds that matter in a cluster and keeps them all, so that
 * waiting needs no polling and a run can be judged moment by moment.
 */
export class Observer {
  readonly #changes: Change[] = [];
  readonly #current = new Map<string, Observed>();
  readonly #waiters = new Set<Waiter>();
  readonly #watching: Promise<void>[] = [];
  readonly #reading = new Set<{ cancel(): Promise<void> }>();
  #stopped = false;
  #failure: Error | undefined;

  private constructor(private readonly cluster: Cluster) {}

  static async start(cluster: Cluster): Promise<Observer> {
    const observer = new Observer(cluster);
    for (const kind of KINDS) {
      const list = await firstList(cluster, kind);
      for (const item of list.items) {
        observer.#take('ADDED', { ...item, ...kind } as Observed);
      }
      observer.#watching.push(
        observer.#watch(kind, list.metadata.resourceVersion).catch(error => {
          observer.#failure = new Error(
            `the watch of ${kind.kind} ended: ${error}`,
          );
          observer.#waiters.forEach(({ fail }) => fail(observer.#failure!));
        }),
      );
    }
    return observer;
  }

  /** The object as it was last seen. */
  get(kind: string, namespace: string, name: string): Observed | undefined {
    return this.#current.get(keyOf(kind, namespace, name));
  }

  /** All changes in a namespace so far, in the order of the API server. */
  changes(namespace: string): Change[] {
    return this.#changes
      .filter(({ object }) => object.metadata.namespace === namespace)
      .sort((one, other) => one.version - other.version);
  }

  /**
   * Resolves as soon as the look returns something.
   *
   * @throws Error naming what was waited for and what was seen instead
   */
  async until<T>(
    what: string,
    look: () => T | undefined | false,
    options: { limitMs?: number; instead?: () => unknown } = {},
  ): Promise<T> {
    const limitMs = options.limitMs ?? 60_000;
    let waiter: Waiter | undefined;
    let limit: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        waiter = {
          look: () => {
            const found = look();
            if (found !== undefined && found !== false) {
              resolve(found);
            }
          },
          fail: reject,
        };
        limit = setTimeout(
          () =>
            reject(
              new Error(
                `${what} did not come within ${
                  limitMs / 1000
                } s; seen: ${JSON.stringify(options.instead?.())}`,
              ),
            ),
          limitMs,
        );
        this.#waiters.add(waiter);
        if (this.#failure) {
          reject(this.#failure);
        } else {
          waiter.look();
        }
      });
    } finally {
      clearTimeout(limit);
      if (waiter) {
        this.#waiters.delete(waiter);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#reading].map(reader => reader.cancel()));
    await Promise.all(this.#watching);
  }

  async #watch(kind: Kind, from: string): Promise<void> {
    let version = from;
    while (!this.#stopped) {
      const response = await this.cluster.api.request(
        'GET',
        `${objectPath(
          kind,
        )}?watch=true&resourceVersion=${version}&timeoutSeconds=${WATCH_SECONDS}&allowWatchBookmarks=true`,
      );
      if (!response.ok || !response.body) {
        throw new Error(`${response.status} ${await response.text()}`);
      }
      const reader = response.body.getReader();
      this.#reading.add(reader);
      const decoder = new TextDecoder();
      let rest = '';
      while (!this.#stopped) {
        const { done, value } = await reader.read();
        if (done) {
          break;
        }
        const lines = (rest + decoder.decode(value, { stream: true })).split(
          '\n',
        );
        rest = lines.pop() ?? '';
        for (const line of lines) {
          version = this.#takeLine(line);
        }
      }
      this.#reading.delete(reader);
    }
  }

  /** @returns the version that the next watch goes on from */
  #takeLine(line: string): string {
    const { type, object } = JSON.parse(line) as {
      type: string;
      object: Observed;
    };
    if (type === 'ERROR') {
      throw new Error(line);
    }
    if (type !== 'BOOKMARK') {
      this.#take(type, object);
    }
    return object.metadata.resourceVersion;
  }

  #take(type: string, object: Observed): void {
    const { name, namespace = '', resourceVersion } = object.metadata;
    const key = keyOf(object.kind, namespace, name);
    const deleted = type === 'DELETED';
    this.#changes.push({
      version: Number(resourceVersion),
      seenAt: new Date(),
      deleted,
      object,
    });
    if (deleted) {
      this.#current.delete(key);
    } else {
      this.#current.set(key, object);
    }
    for (const { look } of [...this.#waiters]) {
      look();
    }
  }
}

interface List {
  metadata: { resourceVersion: string };
  items: Omit<Observed, 'kind' | 'apiVersion'>[];
}

/** A kind that was just installed is not served for a moment. */
async function firstList(cluster: Cluster, kind: Kind): Promise<List> {
  return waitUntil(`a list of every ${kind.kind}`, async () => {
    const response = await cluster.api.request('GET', objectPath(kind));
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${response.status} ${text}`);
    }
    return JSON.parse(text) as List;
  });
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

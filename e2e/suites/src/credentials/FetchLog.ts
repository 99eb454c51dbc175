import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '@backstage-gitops/control-plane';

const LOOK_MS = 20;

/** A source as far as its fetches show. */
export interface SeenSource {
  metadata: { annotations?: Record<string, string> };
  spec: { url: string; secretRef: { name: string } };
  status?: {
    lastHandledReconcileAt?: string;
    conditions?: { type: string; status: string; message: string }[];
  };
}

/**
 * Watches a source from one moment to another and keeps every failure it shows,
 * in its conditions and in the events of its controller.
 */
export class FetchLog {
  readonly failures = new Set<string>();
  /** What the source read with, in order, without repetition. */
  readonly pointedAt: string[] = [];
  #looks = 0;
  #ended = false;
  readonly #work: Promise<void>;

  private constructor(
    private readonly cluster: Cluster,
    private readonly slug: string,
    private readonly before: ReadonlySet<string>,
  ) {
    this.#work = this.#watch();
  }

  static async start(cluster: Cluster, slug: string): Promise<FetchLog> {
    return new FetchLog(cluster, slug, new Set(await warnings(cluster, slug)));
  }

  /** How often it was looked. */
  get looks(): number {
    return this.#looks;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#work;
    for (const warning of await warnings(this.cluster, this.slug)) {
      if (!this.before.has(warning)) {
        this.failures.add(warning);
      }
    }
  }

  async #watch(): Promise<void> {
    while (!this.#ended) {
      const source = await readSource(this.cluster, this.slug);
      this.#looks += 1;
      const at = `${source.spec.url.split(':')[0]} ${
        source.spec.secretRef.name
      }`;
      if (this.pointedAt.at(-1) !== at) {
        this.pointedAt.push(at);
      }
      for (const { type, status, message } of source.status?.conditions ?? []) {
        if (
          (type === 'FetchFailed' && status === 'True') ||
          (type === 'Ready' && status === 'False')
        ) {
          this.failures.add(message);
        }
      }
      await delay(LOOK_MS);
    }
  }
}

export async function readSource(
  cluster: Cluster,
  slug: string,
): Promise<SeenSource> {
  const [source] = await cluster.api.list<SeenSource>(
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      namespace: `project-${slug}`,
    },
    `?fieldSelector=metadata.name=${slug}-repo`,
  );
  return source;
}

async function warnings(cluster: Cluster, slug: string): Promise<string[]> {
  const events = await cluster.api.list<{
    type: string;
    message: string;
    involvedObject: { kind: string };
  }>({ apiVersion: 'v1', kind: 'Event', namespace: `project-${slug}` });
  return events
    .filter(
      ({ type, involvedObject }) =>
        type === 'Warning' && involvedObject.kind === 'GitRepository',
    )
    .map(({ message }) => message);
}

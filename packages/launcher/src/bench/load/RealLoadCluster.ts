import {
  objectPath,
  type Cluster,
  type Manifest,
} from '@backstage-gitops/control-plane';
import type { ClusterUse, LoadCluster } from './LoadCluster';

const WRITES_AT_ONCE = 16;

/** A real API server; Flux's controllers are stopped, the load writes in their place. */
export class RealLoadCluster implements LoadCluster {
  #own = { requests: 0, bytes: 0 };

  constructor(private readonly cluster: Cluster) {}

  get name() {
    return this.cluster.name;
  }

  get url() {
    return this.cluster.url;
  }

  get token() {
    return this.cluster.token;
  }

  get ca() {
    return this.cluster.ca;
  }

  /** Stops everything that would write a status of its own. */
  async quieten(): Promise<void> {
    for (const part of [
      'kustomize-controller',
      'source-controller',
      'kwok',
      'kube-scheduler',
      'kube-controller-manager',
    ] as const) {
      await this.cluster.stopPart(part);
    }
  }

  async createAll(manifests: readonly Manifest[]): Promise<void> {
    const namespaces = new Set(
      manifests.map(({ metadata }) => metadata.namespace),
    );
    await inTurns(
      [...namespaces].map(
        (name): Manifest => ({
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: String(name) },
        }),
      ),
      manifest => this.cluster.api.apply(manifest, 'load'),
    );
    await inTurns(manifests, manifest =>
      this.cluster.api.apply(manifest, 'load'),
    );
  }

  async writeStatus(
    reference: Parameters<LoadCluster['writeStatus']>[0],
    status: Record<string, unknown>,
  ): Promise<number> {
    // Before the answer, so that no staleness is hidden.
    const at = performance.now();
    const response = await this.cluster.api.request(
      'PATCH',
      `${objectPath(reference)}/status?fieldManager=load`,
      JSON.stringify({ status }),
      'application/merge-patch+json',
    );
    const text = await response.text();
    this.#own.requests += 1;
    this.#own.bytes += Buffer.byteLength(text);
    if (!response.ok) {
      throw new Error(
        `the status of ${reference.kind} ${reference.name}: ${response.status} ${text}`,
      );
    }
    return at;
  }

  async use(): Promise<ClusterUse> {
    const response = await this.cluster.api.request('GET', '/metrics');
    const totals = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const match = /^([a-z_]+)(?:\{[^}]*\})? ([-+.e\d]+)$/i.exec(line);
      if (match) {
        const [, name, value] = match;
        totals.set(name, (totals.get(name) ?? 0) + Number(value));
      }
    }
    const of = (name: string) => totals.get(name) ?? 0;
    return {
      requests: of('apiserver_request_total') - this.#own.requests,
      bytes:
        of('apiserver_response_sizes_sum') +
        of('apiserver_watch_events_sizes_sum') -
        this.#own.bytes,
      cpuSeconds: of('process_cpu_seconds_total'),
    };
  }

  async stop(): Promise<void> {
    // The control plane is stopped as a whole.
  }
}

async function inTurns<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: WRITES_AT_ONCE }, async () => {
      for (const item of waiting) {
        await work(item);
      }
    }),
  );
}

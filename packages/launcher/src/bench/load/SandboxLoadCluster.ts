import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from '@backstage-gitops/control-plane';
import {
  createKubernetesApi,
  type KubernetesApi,
} from '@backstage-gitops/sandbox';
import type { ClusterUse, LoadCluster } from './LoadCluster';

const MANAGER = 'load';

/** An API server of the sandbox in this process, in memory, without controllers of Flux. */
export class SandboxLoadCluster implements LoadCluster {
  #requests = 0;
  #bytes = 0;

  private constructor(
    readonly name: string,
    readonly url: string,
    readonly token: string,
    private readonly api: KubernetesApi,
    private readonly server: Server,
  ) {}

  static async start(name: string): Promise<SandboxLoadCluster> {
    const token = randomBytes(24).toString('hex');
    const api = createKubernetesApi({
      name,
      token,
      workloads: false,
      // A second of the highest load may pass before a watch is resumed.
      history: 5000,
    });
    let count = (_bytes: number) => {};
    let countRequest = () => {};
    const server = createServer((request, response) => {
      countRequest();
      const write = response.write.bind(response) as (
        ...args: unknown[]
      ) => boolean;
      const end = response.end.bind(response) as (...args: unknown[]) => void;
      response.write = ((...args: unknown[]) => {
        count(sizeOf(args[0]));
        return write(...args);
      }) as typeof response.write;
      response.end = ((...args: unknown[]) => {
        count(sizeOf(args[0]));
        return end(...args);
      }) as typeof response.end;
      api.handler(request, response);
    });
    server.requestTimeout = 0;
    server.timeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const cluster = new SandboxLoadCluster(
      name,
      `http://127.0.0.1:${port}`,
      token,
      api,
      server,
    );
    countRequest = () => {
      cluster.#requests += 1;
    };
    count = bytes => {
      cluster.#bytes += bytes;
    };
    return cluster;
  }

  async createAll(manifests: readonly Manifest[]): Promise<void> {
    const { store } = this.api;
    const namespaces = new Set<string>();
    for (const [index, manifest] of manifests.entries()) {
      const { namespace } = manifest.metadata;
      if (namespace && !namespaces.has(namespace)) {
        namespaces.add(namespace);
        store.apply(
          {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name: namespace },
          },
          { fieldManager: MANAGER },
        );
      }
      store.apply(manifest, { fieldManager: MANAGER });
      if (index % 200 === 0) {
        // The server shares this thread.
        await new Promise(setImmediate);
      }
    }
  }

  async writeStatus(
    reference: Parameters<LoadCluster['writeStatus']>[0],
    status: Record<string, unknown>,
  ): Promise<number> {
    const kind = this.api.store.resolve(reference.apiVersion, reference.kind);
    if (!kind) {
      throw new Error(`the sandbox does not serve ${reference.kind}`);
    }
    const at = performance.now();
    this.api.store.updateStatus(
      kind,
      reference.namespace,
      reference.name,
      object => {
        object.status = status;
      },
      { fieldManager: MANAGER },
    );
    return at;
  }

  async use(): Promise<ClusterUse> {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
    await this.api.stop();
  }
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk);
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

import type { Manifest } from '@backstage-gitops/control-plane';

/** What an API server has done so far. */
export interface ClusterUse {
  /** Requests answered or under way, watches included; without those of the load itself. */
  requests: number;
  /** Bytes of answers, watch events included. */
  bytes: number;
  /** Processor seconds; absent where the server shares a process with the load. */
  cpuSeconds?: number;
}

/** A cluster under load, whatever serves it. */
export interface LoadCluster {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  /** PEM; absent over plain HTTP. */
  readonly ca?: string;
  createAll(manifests: readonly Manifest[]): Promise<void>;
  /**
   * Writes a status as a controller does.
   *
   * @returns time of the commit, by `performance.now()`; never later than it was
   */
  writeStatus(
    reference: {
      apiVersion: string;
      kind: string;
      namespace: string;
      name: string;
    },
    status: Record<string, unknown>,
  ): Promise<number>;
  use(): Promise<ClusterUse>;
  stop(): Promise<void>;
}

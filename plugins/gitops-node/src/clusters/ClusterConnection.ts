import { createExtensionPoint } from '@backstage/backend-plugin-api';

/** One request to the Kubernetes API of a cluster. @public */
export interface ClusterFetchInit {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** Every call carries one; the connection adds no deadline of its own. */
  signal: AbortSignal;
}

/**
 * The way to one cluster. An implementation adds the address, the credential
 * and nothing else; retries, decoding and error handling are done above it.
 * @public
 */
export interface ClusterConnection {
  /** Name of the cluster, as shown to users and stored in rows. */
  readonly cluster: string;
  /**
   * Whether aborting a watch also ends it at the API server. Where it does not
   * (the stock Kubernetes proxy), watches ask for short server timeouts.
   */
  readonly closesUpstreamWatches: boolean;
  /**
   * Sends one request. The answer's body arrives uncompressed as it is written,
   * so that watch events are not held back.
   *
   * @param path - Path and query below the API server's root, each segment encoded.
   * @throws ServiceUnavailableError when no answer of the API server was had; its
   * message names the cluster. An answer of the API server itself, also 4xx and
   * 5xx, is returned, never thrown.
   */
  fetch(path: string, init: ClusterFetchInit): Promise<Response>;
}

/** Finds the clusters that environments may live on. @public */
export interface ClusterConnectionProvider {
  /**
   * Connections by name, refused ones left out with the reason.
   * Called at start-up and when an unknown name is asked for.
   */
  list(): Promise<{
    connections: ClusterConnection[];
    refused: { cluster: string; reason: string }[];
  }>;
}

/** Replaces the way clusters are found and reached. @public */
export interface GitopsClustersExtensionPoint {
  setProvider(provider: ClusterConnectionProvider): void;
}

/** @public */
export const gitopsClustersExtensionPoint =
  createExtensionPoint<GitopsClustersExtensionPoint>({ id: 'gitops.clusters' });

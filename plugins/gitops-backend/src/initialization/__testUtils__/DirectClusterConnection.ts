import { ServiceUnavailableError, toError } from '@backstage/errors';
import type {
  ClusterConnection,
  ClusterFetchInit,
} from '@backstage-gitops/plugin-gitops-node';

/** Reaches an API server without the portal's Kubernetes backend between. */
export class DirectClusterConnection implements ClusterConnection {
  readonly closesUpstreamWatches = true;

  constructor(
    readonly cluster: string,
    private readonly server: { url: string; token: string },
  ) {}

  async fetch(path: string, init: ClusterFetchInit): Promise<Response> {
    try {
      return await fetch(`${this.server.url}${path}`, {
        ...init,
        headers: {
          ...init.headers,
          Authorization: `Bearer ${this.server.token}`,
        },
      });
    } catch (error) {
      throw new ServiceUnavailableError(
        `Cluster '${this.cluster}' cannot be reached: ${
          toError(error).message
        }`,
      );
    }
  }
}

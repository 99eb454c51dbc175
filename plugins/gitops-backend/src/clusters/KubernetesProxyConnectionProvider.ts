import type {
  AuthService,
  DiscoveryService,
} from '@backstage/backend-plugin-api';
import { ServiceUnavailableError } from '@backstage/errors';
import type {
  ClusterConnection,
  ClusterConnectionProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { Agent, fetch } from 'undici';
import { z } from 'zod/v3';
import { KubernetesProxyConnection } from './KubernetesProxyConnection';

const LIST_DEADLINE_MS = 10_000;
const PROBE_DEADLINE_MS = 10_000;

/** Providers of the stock Kubernetes backend that work without a user. */
const SERVER_SIDE_PROVIDERS = new Set([
  'aws',
  'azure',
  'googleServiceAccount',
  'localKubectlProxy',
  'serviceAccount',
]);
/** Providers that need the token of the user who looks. */
const USER_PROVIDERS: Record<string, string> = {
  google: 'googleServiceAccount or serviceAccount',
  oidc: 'serviceAccount',
  aks: 'azure or serviceAccount',
};

const clustersSchema = z.object({
  items: z.array(
    z.object({ name: z.string().min(1), authProvider: z.string() }),
  ),
});

/**
 * Finds the clusters of the portal's `kubernetes:` configuration, whatever
 * locator they come from. One whose provider needs the user's own token is
 * refused, because the portal looks when nobody is there.
 *
 * @internal
 */
export class KubernetesProxyConnectionProvider
  implements ClusterConnectionProvider
{
  private readonly auth: AuthService;
  private readonly discovery: DiscoveryService;
  private readonly connections = new Map<string, KubernetesProxyConnection>();
  // A watch may be silent for minutes; the limits that hold are those of the
  // callers, each of which has one.
  private readonly agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  constructor(options: { auth: AuthService; discovery: DiscoveryService }) {
    this.auth = options.auth;
    this.discovery = options.discovery;
  }

  async list(): Promise<{
    connections: ClusterConnection[];
    refused: { cluster: string; reason: string }[];
  }> {
    const connections: ClusterConnection[] = [];
    const refused: { cluster: string; reason: string }[] = [];
    for (const { name, authProvider } of await this.readClusters()) {
      const advice = USER_PROVIDERS[authProvider];
      if (advice) {
        refused.push({
          cluster: name,
          reason: `Cluster '${name}' cannot be used: its auth provider '${authProvider}' needs the token of a signed-in user; configure it with authProvider ${advice}`,
        });
        continue;
      }
      const connection = this.connectionTo(name);
      const reason = SERVER_SIDE_PROVIDERS.has(authProvider)
        ? undefined
        : await probe(connection, authProvider);
      if (reason) {
        refused.push({ cluster: name, reason });
      } else {
        connections.push(connection);
      }
    }
    return { connections, refused };
  }

  /** Ends what is open to the Kubernetes backend. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private connectionTo(cluster: string): KubernetesProxyConnection {
    let connection = this.connections.get(cluster);
    if (!connection) {
      connection = new KubernetesProxyConnection({
        cluster,
        auth: this.auth,
        discovery: this.discovery,
        dispatcher: this.agent,
      });
      this.connections.set(cluster, connection);
    }
    return connection;
  }

  private async readClusters() {
    const unknown = (why: string) =>
      new ServiceUnavailableError(
        `The portal's clusters cannot be listed: ${why}; check that the kubernetes plugin is installed and 'kubernetes.clusterLocatorMethods' is configured`,
      );
    const baseUrl = await this.discovery.getBaseUrl('kubernetes');
    const { token } = await this.auth.getPluginRequestToken({
      onBehalfOf: await this.auth.getOwnServiceCredentials(),
      targetPluginId: 'kubernetes',
    });
    let status: number;
    let body: unknown;
    try {
      const response = await fetch(`${baseUrl}/clusters`, {
        dispatcher: this.agent,
        headers: { Authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(LIST_DEADLINE_MS),
      });
      status = response.status;
      body = response.ok ? await response.json() : undefined;
      if (!response.ok) {
        await response.body?.cancel();
      }
    } catch (error) {
      throw unknown(
        error instanceof Error && error.name === 'TimeoutError'
          ? `the Kubernetes backend did not answer within ${
              LIST_DEADLINE_MS / 1000
            } s`
          : 'the Kubernetes backend does not answer',
      );
    }
    const parsed = clustersSchema.safeParse(body);
    if (!parsed.success) {
      throw unknown(`the Kubernetes backend answered ${status}`);
    }
    return parsed.data.items;
  }
}

/** Custom providers are unknown to us: a harmless request tells whether they work. */
async function probe(
  connection: ClusterConnection,
  authProvider: string,
): Promise<string | undefined> {
  const refuse = (why: string) =>
    `Cluster '${connection.cluster}' cannot be used: a request without a user failed with its auth provider '${authProvider}' (${why}); configure a provider that works on the server's side, for example serviceAccount`;
  try {
    const response = await connection.fetch('/version', {
      method: 'GET',
      signal: AbortSignal.timeout(PROBE_DEADLINE_MS),
    });
    await response.body?.cancel();
    return response.status === 401 || response.status === 403
      ? refuse(`the API server answered ${response.status}`)
      : undefined;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

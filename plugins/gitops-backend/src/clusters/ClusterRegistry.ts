import type { LoggerService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import type {
  ClusterConnection,
  ClusterConnectionProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { ClusterClient } from './ClusterClient';

interface Known {
  clients: Map<string, ClusterClient>;
  refused: { cluster: string; reason: string }[];
}

/**
 * The clusters environments may live on, by name. They are read when first
 * needed and again when an unknown name is asked for, because locators may find
 * new ones while the portal runs.
 *
 * @internal
 */
export class ClusterRegistry {
  private readonly provider: ClusterConnectionProvider;
  private readonly logger: LoggerService;
  private readonly preferred?: string;
  private known?: Known;
  private reading?: Promise<Known>;

  constructor(options: {
    provider: ClusterConnectionProvider;
    logger: LoggerService;
    /** Cluster for environments that name none; the first one if absent. */
    defaultCluster?: string;
  }) {
    this.provider = options.provider;
    this.logger = options.logger;
    this.preferred = options.defaultCluster;
  }

  /** Names in the order of the configuration. */
  async names(): Promise<string[]> {
    return [...(await this.read()).clients.keys()];
  }

  /** Clusters that are configured but cannot be used, with what to do. */
  async refused(): Promise<{ cluster: string; reason: string }[]> {
    return (await this.read()).refused;
  }

  /** @throws InputError when there is no usable cluster. */
  async defaultCluster(): Promise<string> {
    if (this.preferred) {
      return (await this.get(this.preferred)).cluster;
    }
    const [first] = await this.names();
    if (!first) {
      throw new InputError(
        "No cluster can be used; add one to 'kubernetes.clusterLocatorMethods'",
      );
    }
    return first;
  }

  /**
   * @throws InputError when the name is unknown or the cluster is refused.
   * @throws ServiceUnavailableError when the clusters cannot be listed.
   */
  async get(cluster: string): Promise<ClusterClient> {
    const known = (await this.read()).clients.get(cluster);
    if (known) {
      return known;
    }
    const { clients, refused } = await this.refresh();
    const client = clients.get(cluster);
    if (client) {
      return client;
    }
    const refusal = refused.find(item => item.cluster === cluster);
    throw new InputError(
      refusal?.reason ??
        `Cluster '${cluster}' is unknown; choose one of: ${
          [...clients.keys()].join(', ') || '(none configured)'
        }`,
    );
  }

  /** Reads the clusters anew; callers at the same time share one reading. */
  async refresh(): Promise<Known> {
    this.reading ??= this.load().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<Known> {
    return this.known ?? this.refresh();
  }

  private async load(): Promise<Known> {
    const { connections, refused } = await this.provider.list();
    const before = this.known;
    const clients = new Map<string, ClusterClient>();
    for (const connection of connections) {
      clients.set(connection.cluster, reuse(before, connection));
    }
    for (const { cluster, reason } of refused) {
      if (!before?.refused.some(item => item.cluster === cluster)) {
        this.logger.warn(reason);
      }
    }
    this.known = { clients, refused };
    return this.known;
  }
}

function reuse(before: Known | undefined, connection: ClusterConnection) {
  const client = before?.clients.get(connection.cluster);
  return client?.connection === connection
    ? client
    : new ClusterClient(connection);
}

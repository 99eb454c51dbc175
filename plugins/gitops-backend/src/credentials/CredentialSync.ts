import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  PROJECT_LABEL,
  projectNamespace,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterRegistry } from '../clusters';
import type { Environment } from '../database/tables';
import {
  gitAuthSecretManifest,
  isOwnedBy,
  type ManifestProject,
} from '../flux/manifests';

/** What a synchronisation needs to know of a project. @internal */
export interface SyncProject extends ManifestProject {
  environments: readonly Pick<Environment, 'name' | 'cluster' | 'namespace'>[];
  /** What Git over HTTP wants; in clear, so never kept longer than the call. */
  credential: { username: string; password: string };
}

/** A namespace that was written or passed over. @internal */
export interface SyncedNamespace {
  cluster: string;
  namespace: string;
  /** Absent for the namespace of the Flux objects. */
  environment?: string;
}

/** @internal */
export interface SyncResult {
  written: SyncedNamespace[];
  skipped: SyncedNamespace[];
}

/** @internal */
export interface SyncOptions {
  signal?: AbortSignal;
  /** All clusters of the project if absent. */
  clusters?: readonly string[];
  /** Hears what the log hears. */
  onDebug?: (message: string) => void;
}

/**
 * Brings a project's Git credential as a Secret into each of its namespaces that
 * exists. It runs after each environment is made, so a namespace that is still
 * missing is no fault: the run after its creation will write it. Running it again
 * changes nothing.
 *
 * @internal
 */
export class CredentialSync {
  private readonly clusters: ClusterRegistry;
  private readonly logger: LoggerService;
  private readonly syncToEnvironments: boolean;

  constructor(options: {
    clusters: ClusterRegistry;
    logger: LoggerService;
    /** Whether the environments' namespaces get a copy, beside Flux's own. */
    syncToEnvironments: boolean;
  }) {
    this.clusters = options.clusters;
    this.logger = options.logger;
    this.syncToEnvironments = options.syncToEnvironments;
  }

  /**
   * @throws the first cluster's error where only one failed, else one that joins
   * them; the other clusters have been written then.
   */
  async syncToClusters(
    project: SyncProject,
    options: SyncOptions = {},
  ): Promise<SyncResult> {
    const result: SyncResult = { written: [], skipped: [] };
    const errors: Error[] = [];
    const clusters =
      options.clusters ??
      project.environments.map(environment => environment.cluster);
    for (const cluster of new Set(clusters)) {
      try {
        await this.syncToCluster(cluster, project, options, result);
      } catch (error) {
        options.signal?.throwIfAborted();
        errors.push(toError(error));
      }
    }
    if (errors.length === 1) {
      throw errors[0];
    }
    if (errors.length > 1) {
      throw new AggregateError(
        errors,
        errors.map(error => error.message).join(', '),
      );
    }
    return result;
  }

  private async syncToCluster(
    cluster: string,
    project: SyncProject,
    options: SyncOptions,
    result: SyncResult,
  ): Promise<void> {
    const client = await this.clusters.get(cluster);
    // One list tells what exists; asking for each would be a failure in the
    // cluster's audit log for each that does not.
    const existing = new Set(
      (
        await client.list(
          {
            apiVersion: 'v1',
            kind: 'Namespace',
            labelSelector: `${PROJECT_LABEL}=${project.slug}`,
          },
          { signal: options.signal },
        )
      )
        .filter(
          namespace =>
            isOwnedBy(namespace, project) &&
            namespace.metadata.deletionTimestamp === undefined,
        )
        .map(namespace => namespace.metadata.name),
    );

    const wanted: SyncedNamespace[] = [
      { cluster, namespace: projectNamespace(project.slug) },
    ];
    if (this.syncToEnvironments) {
      for (const environment of project.environments) {
        if (environment.cluster === cluster) {
          wanted.push({
            cluster,
            namespace: environment.namespace,
            environment: environment.name,
          });
        }
      }
    }

    for (const target of wanted) {
      if (!existing.has(target.namespace)) {
        this.debug(
          `Namespace ${target.namespace} does not exist yet, skipping secret sync`,
          options,
        );
        result.skipped.push(target);
        continue;
      }
      await client.apply(
        gitAuthSecretManifest(project, target.namespace, project.credential),
        { signal: options.signal, force: true },
      );
      result.written.push(target);
    }
  }

  private debug(message: string, options: SyncOptions) {
    this.logger.debug(message);
    options.onDebug?.(message);
  }
}

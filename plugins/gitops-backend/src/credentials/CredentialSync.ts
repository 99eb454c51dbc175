import type { LoggerService } from '@backstage/backend-plugin-api';
import { ServiceUnavailableError, toError } from '@backstage/errors';
import {
  type CredentialLocationStatus,
  gitAuthSecretName,
  PROJECT_LABEL,
  projectNamespace,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import {
  type ClusterClient,
  type ClusterRegistry,
  referenceTo,
  type StoredObject,
} from '../clusters';
import type { CredentialLocationStore } from '../database/CredentialLocationStore';
import type { Environment } from '../database/tables';
import { now } from '../database/time';
import { withTransaction } from '../database/withTransaction';
import {
  CREDENTIAL_ANNOTATION,
  type GitAuthSecretObject,
  gitAuthSecretManifest,
  isOwnedBy,
  type ManifestProject,
} from '../flux/manifests';
import type { FluxCredential } from './kinds/FluxCredential';

/** What a synchronisation needs to know of a project. @internal */
export interface SyncProject extends ManifestProject {
  environments: readonly Pick<Environment, 'name' | 'cluster' | 'namespace'>[];
  /** In clear, so never kept longer than the call. */
  credential: FluxCredential;
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
  /** Those that hold the credential now, with what was found there before. */
  written: (SyncedNamespace & { found: CredentialLocationStatus })[];
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
 * exists, and notes where it stands. It runs after each environment is made, so a
 * namespace that is still missing is no fault: the run after its creation will
 * write it. Running it again changes nothing, and puts right what was changed or
 * deleted by others.
 *
 * @internal
 */
export class CredentialSync {
  private readonly knex: Knex;
  private readonly clusters: ClusterRegistry;
  private readonly locations: CredentialLocationStore;
  private readonly logger: LoggerService;
  private readonly syncToEnvironments: boolean;

  constructor(options: {
    knex: Knex;
    clusters: ClusterRegistry;
    credentialLocations: CredentialLocationStore;
    logger: LoggerService;
    /** Whether the environments' namespaces get a copy, beside Flux's own. */
    syncToEnvironments: boolean;
  }) {
    this.knex = options.knex;
    this.clusters = options.clusters;
    this.locations = options.credentialLocations;
    this.logger = options.logger;
    this.syncToEnvironments = options.syncToEnvironments;
  }

  /**
   * @throws the cluster's error where only one failed, else one that joins them,
   * ServiceUnavailableError where none of them could be reached; the other clusters
   * have been written then.
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
      const message = errors.map(error => error.message).join(', ');
      // Where time helps with each of them it helps with all: callers wait for it.
      throw errors.every(({ name }) => name === 'ServiceUnavailableError')
        ? new ServiceUnavailableError(message)
        : new AggregateError(errors, message);
    }
    return result;
  }

  private async syncToCluster(
    cluster: string,
    project: SyncProject,
    options: SyncOptions,
    result: SyncResult,
  ): Promise<void> {
    const { signal } = options;
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
          { signal },
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

    // All are looked at together; one that cannot be read stops the pass in its turn.
    const looks = new Map(
      wanted
        .filter(({ namespace }) => existing.has(namespace))
        .map(target => [target, this.find(client, project, target, options)]),
    );
    for (const look of looks.values()) {
      look.catch(() => {});
    }

    const seen: [SyncedNamespace, CredentialLocationStatus][] = [];
    try {
      for (const target of wanted) {
        const look = looks.get(target);
        if (!look) {
          this.debug(
            `Namespace ${target.namespace} does not exist yet, skipping secret sync`,
            options,
          );
          result.skipped.push(target);
          seen.push([target, 'missing']);
          continue;
        }
        const found = await look;
        seen.push([target, found.status]);
        if (found.status !== 'current') {
          await this.write(client, project, target, found.secret, options);
          seen[seen.length - 1] = [target, 'current'];
        }
        result.written.push({ ...target, found: found.status });
      }
    } finally {
      await this.note(project, cluster, wanted, seen);
    }
  }

  /** What stands in a namespace before anything is written. */
  private async find(
    client: ClusterClient,
    project: SyncProject,
    { namespace }: SyncedNamespace,
    { signal }: SyncOptions,
  ): Promise<{
    status: CredentialLocationStatus;
    secret?: StoredObject<GitAuthSecretObject>;
  }> {
    const { credential } = project;
    const wanted = gitAuthSecretManifest(project, namespace, credential);
    const secret = await client.get<GitAuthSecretObject>(referenceTo(wanted), {
      signal,
    });
    if (!secret) {
      return { status: 'missing' };
    }
    const written = secret.metadata.annotations?.[CREDENTIAL_ANNOTATION];
    if (written !== credential.authId) {
      return { status: 'outdated', secret };
    }
    if (
      secret.type === wanted.type &&
      isDeepStrictEqual(secret.data, wanted.data) &&
      isOwnedBy(secret, project)
    ) {
      return { status: 'current', secret };
    }
    return { status: credential.renews ? 'outdated' : 'drifted', secret };
  }

  private async write(
    client: ClusterClient,
    project: SyncProject,
    { namespace }: SyncedNamespace,
    existing: StoredObject<GitAuthSecretObject> | undefined,
    { signal }: SyncOptions,
  ): Promise<void> {
    const wanted = gitAuthSecretManifest(
      project,
      namespace,
      project.credential,
    );
    const reference = referenceTo(wanted);
    if (existing && existing.type !== wanted.type) {
      // The type of a Secret cannot be changed.
      await client.delete(reference, {
        signal,
        preconditions: { uid: existing.metadata.uid },
      });
    } else if (existing) {
      // Applying leaves keys alone that others added, and Flux would read them.
      const foreign = Object.keys(existing.data ?? {}).filter(
        key => !(key in wanted.data),
      );
      if (foreign.length > 0) {
        await client.mergePatch(
          reference,
          { data: Object.fromEntries(foreign.map(key => [key, null])) },
          { signal },
        );
      }
    }
    await client.apply(wanted, { signal, force: true });
  }

  private async note(
    project: SyncProject,
    cluster: string,
    wanted: readonly SyncedNamespace[],
    seen: readonly [SyncedNamespace, CredentialLocationStatus][],
  ): Promise<void> {
    const secretName = gitAuthSecretName(project.slug);
    await withTransaction(this.knex, async trx => {
      for (const [target, status] of seen) {
        await this.locations.put(trx, project.id, {
          ...target,
          secretName,
          status,
          ...(status === 'current' && {
            authId: project.credential.authId,
            syncedAt: now(),
          }),
        });
      }
      await this.locations.retain(
        trx,
        project.id,
        cluster,
        wanted.map(({ namespace }) => namespace),
      );
    });
  }

  private debug(message: string, options: SyncOptions) {
    this.logger.debug(message);
    options.onDebug?.(message);
  }
}

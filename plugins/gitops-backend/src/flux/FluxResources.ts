import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, toError } from '@backstage/errors';
import {
  gitRepositoryName,
  kustomizationName,
  projectNamespace,
  type GitOpsSetupResult,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import {
  type ClusterClient,
  type ClusterObject,
  type ClusterRegistry,
  referenceTo,
} from '../clusters';
import type { CredentialSync } from '../credentials/CredentialSync';
import type { FluxCredential } from '../credentials/kinds/FluxCredential';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { ResourceStore } from '../database/ResourceStore';
import type {
  Environment,
  GitopsResource,
  Project,
  Repository,
} from '../database/tables';
import { REQUESTED_AT } from '../deployments/DeploymentRecorder';
import {
  deployerBindingManifest,
  deployerManifest,
  gitRepositoryManifest,
  isOwnedBy,
  kustomizationManifest,
  namespaceManifest,
} from './manifests';
import { FLUX_KINDS } from './resourceReference';

/** What a set-up needs to know of a project. @internal */
export interface SetupProject {
  project: Pick<Project, 'id' | 'slug'>;
  repository: Pick<Repository, 'id' | 'cloneUrl' | 'defaultBranch'>;
  /** All of the project, in their order. */
  environments: readonly Environment[];
  /** Those that are made beside others which are at work; all of them if absent. */
  targets?: readonly Environment[];
  /** What Flux reads the repository with, in clear. */
  credential: FluxCredential;
}

/** How a set-up acts and speaks; the run that asks for it provides this. @internal */
export interface SetupContext {
  signal?: AbortSignal;
  report: {
    info(message: string): void;
    tell(level: 'debug' | 'info', message: string): void;
  };
  /** Writes rows in one transaction. */
  write<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T>;
  /** Does one thing that others can see. */
  effect<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Called with the number of environments that are done. */
  onEnvironment?(done: number): Promise<void>;
}

/** The part of a source that tells whether it has done what it was asked. */
type SourceAtWork = ClusterObject & {
  spec?: { suspend?: boolean };
  status?: { lastHandledReconcileAt?: string };
};

/** How long a set-up waits for a source to fetch, in milliseconds. */
const FETCH_MS = 10_000;
const FETCH_LOOK_MS = 100;

/** Names of clusters on which the parts that environments share stand. */
interface PreparedClusters {
  namespaces: Set<string>;
  sources: Set<string>;
}

/**
 * Makes and compares the objects of projects in their clusters.
 *
 * @internal
 */
export class FluxResources {
  private readonly clusters: ClusterRegistry;
  private readonly credentialSync: CredentialSync;
  private readonly environments: EnvironmentStore;
  private readonly resources: ResourceStore;

  constructor(options: {
    clusters: ClusterRegistry;
    credentialSync: CredentialSync;
    environments: EnvironmentStore;
    resources: ResourceStore;
  }) {
    this.clusters = options.clusters;
    this.credentialSync = options.credentialSync;
    this.environments = options.environments;
    this.resources = options.resources;
  }

  /**
   * Makes everything an environment needs, one environment after the other:
   * namespaces, credential, rights, source, Kustomization. What is there is found
   * and brought up to date. An environment that fails does not keep the next one,
   * perhaps on another cluster, from being made.
   *
   * @returns what stands, and what went wrong; it throws only when the run has to
   * stop.
   */
  async setupProject(
    setup: SetupProject,
    context: SetupContext,
  ): Promise<GitOpsSetupResult> {
    const result: GitOpsSetupResult = {
      success: true,
      errors: [],
      namespaces: [],
      gitRepositories: [],
      kustomizations: [],
    };
    const prepared: PreparedClusters = {
      namespaces: new Set(),
      sources: new Set(),
    };
    const unreachable = new Set<string>();
    let done = 0;
    for (const environment of setup.targets ?? setup.environments) {
      if (unreachable.has(environment.cluster)) {
        continue;
      }
      try {
        await this.setupEnvironment(
          setup,
          environment,
          context,
          result,
          prepared,
        );
      } catch (error) {
        context.signal?.throwIfAborted();
        const { name, message } = toError(error);
        result.success = false;
        result.errors.push(message);
        if (name === 'ServiceUnavailableError') {
          // Each further call would wait as long to say the same.
          unreachable.add(environment.cluster);
        }
        continue;
      }
      done += 1;
      await context.onEnvironment?.(done);
    }
    return result;
  }

  /**
   * Looks whether an environment could be made, and changes nothing: the cluster
   * answers and has Flux, and its namespaces are free or the project's own.
   *
   * @throws ConflictError or ServiceUnavailableError, as making it would
   */
  async checkRoom(
    project: Pick<Project, 'id' | 'slug'>,
    environment: Pick<Environment, 'cluster' | 'namespace'>,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const client = await this.clusters.get(environment.cluster);
    const home = projectNamespace(project.slug);
    await Promise.all([
      ...[home, environment.namespace].map(name =>
        this.checkNamespace(client, project, name, options.signal),
      ),
      ...Object.values(FLUX_KINDS).map(({ apiVersion, kind }) =>
        client.list({ apiVersion, kind, namespace: home }, options),
      ),
    ]);
  }

  /**
   * Reads the clusters again and compares: one GitRepository per cluster, one
   * Kustomization per environment, each the very object whose row we have.
   *
   * @returns differences in words; empty when there is none
   */
  async findDifferences(
    expected: {
      project: Pick<Project, 'id' | 'slug'>;
      environments: readonly Environment[];
      resources: readonly GitopsResource[];
    },
    options: { signal?: AbortSignal } = {},
  ): Promise<string[]> {
    const { project, environments, resources } = expected;
    const differences: string[] = [];
    const namespace = projectNamespace(project.slug);
    const clusters = new Set(environments.map(({ cluster }) => cluster));
    for (const cluster of clusters) {
      const client = await this.clusters.get(cluster);
      const compare = async (type: GitopsResource['type'], names: string[]) => {
        const { apiVersion, kind } = FLUX_KINDS[type];
        const found = await client.list(
          { apiVersion, kind, namespace },
          options,
        );
        for (const name of names) {
          const what = `${kind} ${namespace}/${name} on cluster '${cluster}'`;
          const row = resources.find(
            resource =>
              resource.type === type &&
              resource.cluster === cluster &&
              resource.namespace === namespace &&
              resource.name === name,
          );
          const object = found.find(({ metadata }) => metadata.name === name);
          if (!object) {
            differences.push(`${what} does not exist`);
          } else if (!row) {
            differences.push(`${what} has no row`);
          } else if (row.uid !== object.metadata.uid) {
            differences.push(`${what} is not the one that was made`);
          }
        }
      };
      await compare('git-repository', [gitRepositoryName(project.slug)]);
      await compare(
        'kustomization',
        environments
          .filter(environment => environment.cluster === cluster)
          .map(({ name }) => kustomizationName(project.slug, name)),
      );
    }
    const expectedRows = clusters.size + environments.length;
    if (resources.length !== expectedRows) {
      differences.push(
        `${resources.length} rows of resources where ${expectedRows} belong`,
      );
    }
    return differences;
  }

  private async setupEnvironment(
    setup: SetupProject,
    environment: Environment,
    context: SetupContext,
    result: GitOpsSetupResult,
    prepared: PreparedClusters,
  ): Promise<void> {
    const { project, repository } = setup;
    const { cluster, namespace } = environment;
    const { signal, report } = context;
    const client = await this.clusters.get(cluster);

    if (!prepared.namespaces.has(cluster)) {
      await this.applyNamespace(
        client,
        project,
        namespaceManifest(project),
        context,
      );
      result.namespaces.push(projectNamespace(project.slug));
      prepared.namespaces.add(cluster);
    }
    report.info(`Creating namespace: ${namespace}`);
    await this.applyNamespace(
      client,
      project,
      namespaceManifest(project, environment),
      context,
    );
    result.namespaces.push(namespace);

    await context.effect(`sync credential for ${environment.name}`, () =>
      this.credentialSync.syncToClusters(
        {
          id: project.id,
          slug: project.slug,
          environments: setup.environments,
          credential: setup.credential,
        },
        // Trouble of another cluster is no reason to stop here.
        {
          signal,
          clusters: [cluster],
          onDebug: message => report.tell('debug', message),
        },
      ),
    );

    await this.apply(client, deployerManifest(project, environment), context);
    await this.apply(
      client,
      deployerBindingManifest(project, environment),
      context,
    );

    if (!prepared.sources.has(cluster)) {
      const source = gitRepositoryManifest(
        project,
        repository,
        setup.credential,
      );
      const { name, namespace: home } = source.metadata;
      const row = await context.write(trx =>
        this.resources.put(trx, {
          projectId: project.id,
          repositoryId: repository.id,
          type: 'git-repository',
          cluster,
          namespace: projectNamespace(project.slug),
          name,
          config: {
            url: source.spec.url,
            branch: source.spec.ref.branch,
            interval: source.spec.interval,
            timeout: source.spec.timeout,
          },
        }),
      );
      report.info(`Creating GitRepository: ${name} in ${home}`);
      await this.applyTracked(client, source, row, context);
      if (setup.targets && row.uid) {
        await this.fetchAnew(client, source, context);
      }
      result.gitRepositories.push({ id: row.id, name, cluster });
      prepared.sources.add(cluster);
    }

    const kustomization = kustomizationManifest(project, environment);
    const { name, namespace: home } = kustomization.metadata;
    const { spec } = kustomization;
    const row = await context.write(trx =>
      this.resources.put(trx, {
        projectId: project.id,
        environmentId: environment.id,
        repositoryId: repository.id,
        type: 'kustomization',
        cluster,
        namespace: projectNamespace(project.slug),
        name,
        config: {
          path: spec.path,
          interval: spec.interval,
          retryInterval: spec.retryInterval,
          timeout: spec.timeout,
          targetNamespace: spec.targetNamespace,
          serviceAccountName: spec.serviceAccountName,
          sourceName: spec.sourceRef.name,
        },
      }),
    );
    report.info(`Creating Kustomization: ${name} in ${home}`);
    await this.applyTracked(client, kustomization, row, context);
    await context.write(trx =>
      this.environments.setStatus(trx, environment.id, 'active'),
    );
    result.kustomizations.push({
      id: row.id,
      name,
      environmentId: environment.id,
      environment: environment.name,
      cluster,
    });
    report.info(`GitOps setup completed for environment: ${environment.name}`);
  }

  /**
   * A source that is at work has not seen an overlay that was committed a moment
   * ago. Without it the first thing that the new environment says would be that
   * its path does not exist.
   */
  private async fetchAnew(
    client: ClusterClient,
    source: ClusterObject,
    context: SetupContext,
  ): Promise<void> {
    const { signal } = context;
    const reference = referenceTo(source);
    const annotations = { [REQUESTED_AT]: new Date().toISOString() };
    await context.effect(`request fetch of ${source.metadata.name}`, () =>
      client.mergePatch(reference, { metadata: { annotations } }, { signal }),
    );
    // What does not come in time, Flux applies when it comes.
    const end = Date.now() + FETCH_MS;
    while (Date.now() < end) {
      const found = await client.get<SourceAtWork>(reference, { signal });
      if (
        !found ||
        found.spec?.suspend ||
        found.status?.lastHandledReconcileAt ===
          found.metadata.annotations?.[REQUESTED_AT]
      ) {
        return;
      }
      await delay(FETCH_LOOK_MS, undefined, { signal });
    }
  }

  /** Never takes over a namespace that is somebody else's. */
  private async applyNamespace(
    client: ClusterClient,
    project: Pick<Project, 'id' | 'slug'>,
    manifest: ClusterObject,
    context: SetupContext,
  ): Promise<void> {
    const { signal } = context;
    const { name } = manifest.metadata;
    await this.checkNamespace(client, project, name, signal);
    await context.effect(`apply Namespace ${name}`, () =>
      client.apply(manifest, { signal }),
    );
  }

  private async checkNamespace(
    client: ClusterClient,
    project: Pick<Project, 'id' | 'slug'>,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const existing = await client.get(
      { apiVersion: 'v1', kind: 'Namespace', name },
      { signal },
    );
    if (existing && !isOwnedBy(existing, project)) {
      throw new ConflictError(
        `Namespace ${name} on cluster '${client.cluster}' exists and does not belong to project '${project.slug}': choose another name for the project or the environment, or remove the namespace if nobody needs it`,
      );
    }
    if (existing?.metadata.deletionTimestamp) {
      throw new ConflictError(
        `Namespace ${name} on cluster '${client.cluster}' is being deleted: wait until it is gone, then retry`,
      );
    }
  }

  /** Our own objects in our own namespaces: what we own in them is ours to set. */
  private async apply<T extends ClusterObject>(
    client: ClusterClient,
    object: T,
    context: SetupContext,
  ) {
    const { kind, metadata } = object;
    return context.effect(
      `apply ${kind} ${metadata.namespace}/${metadata.name}`,
      () => client.apply(object, { signal: context.signal, force: true }),
    );
  }

  private async applyTracked(
    client: ClusterClient,
    object: ClusterObject,
    row: GitopsResource,
    context: SetupContext,
  ): Promise<void> {
    const { metadata } = await this.apply(client, object, context);
    await context.write(trx =>
      this.resources.setIdentity(trx, row.id, {
        uid: metadata.uid,
        generation: metadata.generation,
      }),
    );
  }
}

import { ConfigReader } from '@backstage/config';
import { createProjectRequestSchema } from '@backstage-gitops/plugin-gitops-common';
import type {
  AddEnvironmentRequest,
  CreateProjectRequest,
  InitializationResult,
} from '@backstage-gitops/plugin-gitops-common';
import {
  GitHostRegistry,
  type ClusterConnection,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import { ClusterRegistry } from '../../clusters';
import {
  type ConnectionService,
  createConnections,
} from '../../credentials/connections';
import { CredentialFactory } from '../../credentials/CredentialFactory';
import { CredentialSync } from '../../credentials/CredentialSync';
import { Vault } from '../../credentials/Vault';
import { prepareDatabase, type Project } from '../../database';
import { openSqliteFile } from '../../database/__testUtils__/openSqliteFile';
import { createStores } from '../../database/createStores';
import { FluxResources } from '../../flux/FluxResources';
import { EnvironmentRegistrar } from '../../projects/EnvironmentRegistrar';
import { ProjectNotifier } from '../../projects/ProjectNotifier';
import { ProjectRegistrar } from '../../projects/ProjectRegistrar';
import {
  DatabaseInitializationEngine,
  type EngineTimes,
} from '../DatabaseInitializationEngine';
import { CapturedLogger } from './CapturedLogger';

export const USER = 'user:default/maria';

/** Short, so that a death is noticed within a test. */
const TIMES: Partial<EngineTimes> = {
  ttlMs: 1_500,
  renewMs: 300,
  followMs: 30,
};

/** What a replica of the portal is started with. */
export interface ReplicaOptions {
  /** SQLite file that all replicas share, or a replica's own way to what they share. */
  database: string | Knex;
  gitHost: { host: string; url: string; token?: string; username?: string };
  connections: ClusterConnection[];
  syncToEnvironments?: boolean;
  times?: Partial<EngineTimes>;
  afterEffect?(effect: string): Promise<void>;
}

/** The parts of one portal replica that set projects up, on a real database. */
export class TestReplica {
  static async start(options: ReplicaOptions): Promise<TestReplica> {
    const { database } = options;
    const knex =
      typeof database === 'string' ? await openSqliteFile(database) : database;
    await prepareDatabase({ getClient: async () => knex });
    return new TestReplica(knex, options);
  }

  readonly logger = new CapturedLogger();
  readonly engine: DatabaseInitializationEngine;
  readonly registrar: ProjectRegistrar;
  readonly environmentRegistrar: EnvironmentRegistrar;
  readonly connections: ConnectionService;
  readonly sync: CredentialSync;
  readonly stores;

  private constructor(readonly knex: Knex, options: ReplicaOptions) {
    const { logger } = this;
    const { host, url, token, username } = options.gitHost;
    const gitHosts = GitHostRegistry.fromConfig(
      new ConfigReader({
        integrations: {
          gitea: [
            { host, baseUrl: url, ...(token && { username, password: token }) },
          ],
        },
      }),
    );
    const clusters = new ClusterRegistry({
      provider: {
        list: async () => ({ connections: options.connections, refused: [] }),
      },
      logger,
    });
    const vault = Vault.fromConfig(
      new ConfigReader({
        gitops: {
          encryption: {
            keys: [
              { id: 'test', secret: Buffer.alloc(32, 'k').toString('base64') },
            ],
          },
        },
      }),
      { production: false },
    );
    const stores = createStores(knex);
    this.stores = stores;
    const connections = createConnections({
      ...stores,
      knex,
      gitHosts,
      vault,
      logger,
    });
    this.sync = new CredentialSync({
      ...stores,
      knex,
      clusters,
      logger,
      syncToEnvironments: options.syncToEnvironments ?? true,
    });
    const services = {
      ...stores,
      knex,
      logger,
      vault,
      gitHosts,
      clusters,
      credentials: new CredentialFactory({
        ...stores,
        vault,
        gitHosts,
        connectionTokens: connections.tokens,
      }),
      flux: new FluxResources({
        clusters,
        credentialSync: this.sync,
        ...stores,
      }),
      notifier: ProjectNotifier.create({ logger }),
    };
    this.engine = DatabaseInitializationEngine.create({
      ...services,
      commitAuthor: { name: 'Portal', email: 'portal@example.com' },
      times: { ...TIMES, ...options.times },
      afterEffect: options.afterEffect,
    });
    this.registrar = ProjectRegistrar.create(services);
    this.environmentRegistrar = EnvironmentRegistrar.create(services);
    this.connections = connections.service;
  }

  /** Asks for a project, as `POST /projects` does. */
  async request(
    request: CreateProjectRequest,
    userRef: string = USER,
  ): Promise<Project> {
    const { project } = await this.registrar.createOrGet(
      createProjectRequestSchema.parse(request),
      userRef,
    );
    return project;
  }

  /** Asks for one more environment, as `POST /projects/:slug/environments` does. */
  async addEnvironment(
    slug: string,
    request: AddEnvironmentRequest,
    userRef: string = USER,
  ): Promise<InitializationResult> {
    const project = (await this.stores.projects.getBySlug(slug))!;
    const outcome = await this.environmentRegistrar.add(
      project,
      request,
      userRef,
    );
    return outcome === 'standing'
      ? this.engine.result(project.id)
      : this.engine.run(project.id, { hostToken: request.hostToken });
  }

  /**
   * Dies: from here on nothing reaches the database, so the lease runs out and no
   * outcome is written, as if the process had been killed.
   */
  async kill(): Promise<void> {
    await this.knex.destroy();
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await this.knex.destroy();
  }
}

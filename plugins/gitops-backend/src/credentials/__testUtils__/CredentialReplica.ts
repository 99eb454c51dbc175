import { ConfigReader } from '@backstage/config';
import { createProjectRequestSchema } from '@backstage-gitops/plugin-gitops-common';
import {
  type GitHostProvider,
  GitHostRegistry,
  type ClusterConnection,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import { ClusterRegistry } from '../../clusters';
import { createStores } from '../../database/createStores';
import { prepareDatabase } from '../../database/prepareDatabase';
import type { Project } from '../../database/tables';
import { FluxResources } from '../../flux/FluxResources';
import { CapturedLogger } from '../../initialization/__testUtils__/CapturedLogger';
import { DatabaseInitializationEngine } from '../../initialization/DatabaseInitializationEngine';
import { ProjectNotifier } from '../../projects/ProjectNotifier';
import { ProjectRegistrar } from '../../projects/ProjectRegistrar';
import { createConnections } from '../connections';
import { CredentialFactory } from '../CredentialFactory';
import { CredentialSync } from '../CredentialSync';
import { ProjectCredentials } from '../ProjectCredentials';
import { CredentialRotator } from '../rotation/CredentialRotator';
import { SecretKeeper } from '../SecretKeeper';
import { CredentialValidator } from '../validation/CredentialValidator';
import { Vault } from '../Vault';

export const USER = 'user:default/maria';

/** The parts of one portal replica that look after credentials, on a real database. */
export class CredentialReplica {
  static async start(options: {
    knex: Knex;
    provider: GitHostProvider;
    connections: ClusterConnection[];
    afterEffect?(effect: string): Promise<void>;
  }): Promise<CredentialReplica> {
    const { knex } = options;
    await prepareDatabase({ getClient: async () => knex });
    return new CredentialReplica(options);
  }

  readonly logger = new CapturedLogger();
  readonly knex: Knex;
  readonly stores;
  readonly vault: Vault;
  readonly engine: DatabaseInitializationEngine;
  readonly registrar: ProjectRegistrar;
  readonly connections;
  readonly rotator: CredentialRotator;
  readonly projectCredentials: ProjectCredentials;
  readonly keeper: SecretKeeper;
  readonly validator: CredentialValidator;
  private readonly host: string;

  private constructor(options: Parameters<typeof CredentialReplica.start>[0]) {
    const { logger } = this;
    const { knex, provider } = options;
    this.knex = knex;
    this.host = provider.host;
    this.stores = createStores(knex);
    this.vault = Vault.fromConfig(
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
    const clusters = new ClusterRegistry({
      provider: {
        list: async () => ({ connections: options.connections, refused: [] }),
      },
      logger,
    });
    const services = {
      ...this.stores,
      knex,
      logger,
      clusters,
      vault: this.vault,
      gitHosts: GitHostRegistry.of([provider]),
      notifier: ProjectNotifier.create({ logger }),
    };
    this.connections = createConnections(services);
    const credentials = new CredentialFactory({
      ...services,
      connectionTokens: this.connections.tokens,
    });
    const credentialSync = new CredentialSync({
      ...services,
      syncToEnvironments: true,
    });
    const all = { ...services, credentials, credentialSync };
    this.engine = DatabaseInitializationEngine.create({
      ...all,
      flux: new FluxResources(all),
      commitAuthor: { name: 'Portal', email: 'portal@example.com' },
    });
    this.registrar = ProjectRegistrar.create(services);
    this.rotator = CredentialRotator.create({
      ...all,
      times: { ttlMs: 1_000, renewMs: 200, pollMs: 20, retryMs: 50 },
      afterEffect: options.afterEffect,
    });
    this.projectCredentials = new ProjectCredentials({
      ...all,
      rotator: this.rotator,
    });
    this.keeper = new SecretKeeper(all);
    this.validator = new CredentialValidator({
      ...all,
      pace: { intervalMs: 60_000, expiryWarningDays: [14, 3] },
    });
  }

  /** Sets a project up until its objects stand in the cluster. */
  async setUp(
    slug: string,
    change: Record<string, unknown> = {},
  ): Promise<Project> {
    const environments = ['development', 'staging', 'production'];
    const { project } = await this.registrar.createOrGet(
      createProjectRequestSchema.parse({
        slug,
        ownerRef: 'group:default/team',
        repository: { host: this.host, owner: 'platform', name: slug },
        environments: environments.map(name => ({ name })),
        files: environments.map(name => ({
          path: `deploy/overlays/${name}/kustomization.yaml`,
          content: Buffer.from('resources: []\n').toString('base64'),
        })),
        ...change,
      }),
      USER,
    );
    await this.engine.run(project.id);
    return (await this.stores.projects.get(project.id))!;
  }

  /** Dies: from here on nothing reaches the database. */
  async kill(): Promise<void> {
    await this.knex.destroy();
  }

  async stop(): Promise<void> {
    await Promise.all([this.engine.stop(), this.rotator.stop()]);
    await this.knex.destroy();
  }
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  startSandboxBacking,
  type SandboxBacking,
} from '../backing/sandboxBacking';
import { Portal } from '../portal/Portal';
import { PortalClient } from '../portal/PortalClient';
import { freePort } from '../portal/ports';
import { Gate } from './Gate';
import { PortalRows } from './PortalRows';

/** Doors at which a test sees, and stops, who comes by. */
export interface Gates {
  /** Between the portal and the Git host. */
  git: Gate;
  /** Between the portal and the cluster's API server. */
  cluster: Gate;
  /** Between the portal's other plugins and the GitOps plugin. */
  plugin: Gate;
}

/** A sandbox and a portal with data of their own, which may be killed. */
export class FlowBench {
  /** Of a service, not of a user. */
  readonly serviceToken = randomBytes(24).toString('base64url');
  readonly rows: PortalRows;
  readonly encryptionKey = randomBytes(32).toString('base64');
  #portal: Portal | undefined;
  #client: PortalClient | undefined;

  private constructor(
    readonly folder: string,
    /** As the portal sees it, through the gates. */
    readonly backing: SandboxBacking,
    readonly gates: Gates,
    private readonly port: number,
    private readonly configuration: Record<string, unknown>,
  ) {
    this.rows = new PortalRows(folder);
  }

  /**
   * @param environment - of the portal, for example `LOG_LEVEL`
   * @param configure - more of its configuration, for the addresses that it will have
   */
  static async start(
    environment: Record<string, string> = {},
    configure: (
      gates: Gates,
      sandbox: SandboxBacking['sandbox'],
    ) => Record<string, unknown> = () => ({}),
  ): Promise<FlowBench> {
    const folder = await mkdtemp(join(tmpdir(), 'gitops-flow-'));
    const backing = await startSandboxBacking({
      dataFolder: join(folder, 'sandbox'),
    });
    const { git, clusters } = backing.sandbox;
    const port = await freePort();
    const gates: Gates = {
      git: await Gate.before(git.url, { renames: true }),
      cluster: await Gate.before(clusters[0].url),
      plugin: await Gate.before(`http://127.0.0.1:${port}`),
    };
    const bench = new FlowBench(
      folder,
      {
        ...backing,
        repositoryHost: gates.git.host,
        environment: {
          ...backing.environment,
          ...environment,
          SANDBOX_CLUSTER_URL: gates.cluster.url,
        },
      },
      gates,
      port,
      configure(gates, backing.sandbox),
    );
    try {
      await bench.startPortal();
    } catch (error) {
      await bench.stop();
      throw error;
    }
    return bench;
  }

  /** Starts the portal on the data it had before, at the same address. */
  async startPortal(): Promise<void> {
    const { git } = this.backing.sandbox;
    const integration = {
      username: git.admin.username,
      password: git.admin.token,
    };
    const configFile = join(this.folder, 'app-config.flow.yaml');
    await writeFile(
      configFile,
      stringify({
        backend: {
          auth: {
            externalAccess: [
              {
                type: 'static',
                options: { token: this.serviceToken, subject: 'robot' },
              },
            ],
          },
          reading: {
            allow: [{ host: this.gates.git.host }, { host: git.host }],
          },
        },
        discovery: {
          endpoints: [
            {
              target: { internal: `${this.gates.plugin.url}/api/{{pluginId}}` },
              plugins: ['gitops'],
            },
          ],
        },
        integrations: {
          // The same host by two addresses, one of them not behind the gate.
          gitea: [
            {
              ...integration,
              host: this.gates.git.host,
              baseUrl: this.gates.git.url,
            },
            { ...integration, host: git.host, baseUrl: git.url },
          ],
        },
        scaffolder: {
          taskRecovery: { enabled: true, staleTimeout: { seconds: 5 } },
        },
      }),
      { mode: 0o600 },
    );
    const moreFile = join(this.folder, 'app-config.more.yaml');
    await writeFile(moreFile, stringify(this.configuration), { mode: 0o600 });
    this.#portal = await Portal.start({
      port: this.port,
      dataFolder: this.folder,
      environment: {
        ...this.backing.environment,
        GITOPS_ENCRYPTION_KEY: this.encryptionKey,
      },
      configFiles: [configFile, moreFile],
    });
    this.#client = new PortalClient(this.#portal.url);
    await this.#client.signIn();
    await this.#client.waitForEntity('template', 'gitops-service');
  }

  get portal(): Portal {
    return started(this.#portal);
  }

  /** Signed in as the guest user. */
  get client(): PortalClient {
    return started(this.#client);
  }

  async stop(): Promise<void> {
    await this.#portal?.stop();
    await Promise.all(Object.values(this.gates).map(gate => gate.stop()));
    await this.backing.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function started<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('the portal was not started');
  }
  return value;
}

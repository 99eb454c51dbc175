import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, Gitea } from '@backstage-gitops/control-plane';
import {
  freePort,
  Portal,
  PortalClient,
  startRealBacking,
  type LogLine,
  type RealBacking,
} from '@backstage-gitops/launcher';
import { stringify } from 'yaml';
import { type PortalDatabase, sqliteDatabase } from './PortalDatabase';
import { removeProject } from './removeProject';

/** A portal in front of real clusters and a real Git host, with its own data. */
export class Workbench {
  readonly #folder: string;
  readonly #port: number;
  readonly #encryptionKey = randomBytes(32).toString('base64');
  #portal: Portal | undefined;
  #client: PortalClient | undefined;
  #config: object | undefined;

  private constructor(
    readonly backing: RealBacking,
    readonly database: PortalDatabase,
    folder: string,
    port: number,
  ) {
    this.#folder = folder;
    this.#port = port;
  }

  /**
   * Starts the control plane and the portal.
   *
   * @param options - `clusters` are the names that the portal knows; `database`
   * is SQLite in the data folder if absent; `config` makes more configuration of
   * what has been started and of where the portal will be
   */
  static async start(
    options: {
      clusters?: string[];
      database?: PortalDatabase;
      config?: (gitea: Gitea, portalUrl: string) => Promise<object>;
    } = {},
  ): Promise<Workbench> {
    const folder = await mkdtemp(join(tmpdir(), 'gitops-e2e-'));
    const backing = await startRealBacking({
      dataFolder: folder,
      clusters: options.clusters,
    });
    const workbench = new Workbench(
      backing,
      options.database ?? sqliteDatabase(folder),
      folder,
      await freePort(),
    );
    try {
      workbench.#config = await options.config?.(
        workbench.gitea,
        `http://localhost:${workbench.#port}`,
      );
      await workbench.startPortal();
    } catch (error) {
      await workbench.stop();
      throw error;
    }
    return workbench;
  }

  /** Starts the portal on the data it had before, at the same address. */
  async startPortal(onLine: (line: LogLine) => void = () => {}): Promise<void> {
    const { config } = this.database;
    const configFile = join(this.#folder, 'app-config.database.yaml');
    await writeFile(
      configFile,
      stringify({
        ...this.#config,
        ...(config && { backend: { database: config } }),
      }),
      { mode: 0o600 },
    );
    const portal = await Portal.start({
      port: this.#port,
      dataFolder: this.#folder,
      environment: {
        ...this.backing.environment,
        GITOPS_ENCRYPTION_KEY: this.#encryptionKey,
      },
      configFiles: [...this.backing.configFiles, configFile],
      onLine: line => {
        if (line.plugin === 'gitops' && line.level === 'error') {
          // What a failing test needs most.
          process.stderr.write(`[portal] ${line.text.slice(0, 400)}\n`);
        }
        onLine(line);
      },
    });
    this.#portal = portal;
    this.#client = new PortalClient(portal.url);
    await this.#client.signIn();
  }

  /** Ends the portal as a crash would. */
  async killPortal(): Promise<void> {
    await this.#portal?.kill();
  }

  get portal(): Portal {
    return required(this.#portal);
  }

  /** Signed in as the guest user. */
  get client(): PortalClient {
    return required(this.#client);
  }

  get gitea(): Gitea {
    return this.backing.controlPlane.gitea;
  }

  /** The cluster of that name; the only one if no name is given. */
  cluster(name?: string): Cluster {
    const { controlPlane } = this.backing;
    return name ? controlPlane.cluster(name) : controlPlane.clusters[0];
  }

  /** Leaves nothing running, and nothing behind in what was there before. */
  async stop(): Promise<void> {
    await this.#portal?.stop();
    if (this.#portal && !this.backing.controlPlane.own) {
      for (const { slug } of await this.database.rows('projects')) {
        await removeProject(this.backing.controlPlane, String(slug));
      }
    }
    await this.database.close();
    await this.backing.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('the portal was not started');
  }
  return value;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlane } from '@backstage-gitops/control-plane';
import { knex, type Knex } from 'knex';
import { stringify } from 'yaml';
import { Portal } from '../../portal/Portal';
import { freePort } from '../../portal/ports';
import { TemporaryPostgres } from '../../postgres/TemporaryPostgres';
import { say } from '../../say';
import { plannedManifests } from './fluxObjects';
import type { LoadCluster } from './LoadCluster';
import { planProjects, type PlannedProject, type Tier } from './LoadPlan';
import { Probe } from './Probe';
import { RealLoadCluster } from './RealLoadCluster';
import { SandboxLoadCluster } from './SandboxLoadCluster';
import { seedProjects } from './seedProjects';

export type BenchDatabase = 'sqlite' | 'postgres';

const PREFIX = 'load_';

/** Clusters full of Flux objects, and a portal whose database knows them. */
export class LoadBench {
  readonly probe: Probe;
  readonly #stops: (() => Promise<unknown>)[] = [];
  readonly #encryptionKey = randomBytes(32).toString('base64');
  #portal: Portal | undefined;

  private constructor(
    readonly folder: string,
    readonly clusters: ReadonlyMap<string, LoadCluster>,
    readonly projects: readonly PlannedProject[],
    readonly postgres: TemporaryPostgres | undefined,
    private readonly port: number,
  ) {
    this.probe = new Probe(join(folder, 'probe.ndjson'));
  }

  /** Starts the clusters, fills them, and writes the portal's configuration. */
  static async prepare(
    tier: Tier,
    database: BenchDatabase,
  ): Promise<LoadBench> {
    const folder = await mkdtemp(join(tmpdir(), 'gitops-load-'));
    const stops: (() => Promise<unknown>)[] = [
      () => rm(folder, { recursive: true, force: true }),
    ];
    try {
      const clusters = new Map<string, LoadCluster>();
      if (tier.realClusters > 0) {
        const plane = await ControlPlane.start({
          clusters: Array.from(
            { length: tier.realClusters },
            (_, index) => `real-${index + 1}`,
          ),
          say,
        });
        stops.push(() => plane.stop());
        for (const cluster of plane.clusters) {
          const loaded = new RealLoadCluster(cluster);
          await loaded.quieten();
          clusters.set(cluster.name, loaded);
        }
      }
      for (let index = 1; index <= tier.sandboxClusters; index++) {
        const cluster = await SandboxLoadCluster.start(`sandbox-${index}`);
        stops.push(() => cluster.stop());
        clusters.set(cluster.name, cluster);
      }
      const projects = planProjects(tier.projects, [...clusters.keys()]);
      say(`${tier.name}: filling ${clusters.size} clusters`);
      await Promise.all(
        [...clusters].map(([name, cluster]) =>
          cluster.createAll(
            projects.flatMap(project =>
              project.environments
                .filter(environment => environment.cluster === name)
                .flatMap(environment => plannedManifests(project, environment)),
            ),
          ),
        ),
      );
      let postgres: TemporaryPostgres | undefined;
      if (database === 'postgres') {
        postgres = await TemporaryPostgres.start();
        if (!postgres) {
          throw new Error(
            'PostgreSQL is not installed here: apt-get install postgresql',
          );
        }
        stops.push(postgres.stop);
      }
      const bench = new LoadBench(
        folder,
        clusters,
        projects,
        postgres,
        await freePort(),
      );
      await bench.#writeConfig();
      bench.#stops.push(...stops);
      return bench;
    } catch (error) {
      for (const stop of stops.reverse()) {
        await stop();
      }
      throw error;
    }
  }

  get portal(): Portal {
    if (!this.#portal) {
      throw new Error('the portal was not started');
    }
    return this.#portal;
  }

  /** Brings the tables up with an empty portal, then fills them. */
  async seed(): Promise<{ idleRss: number; idleHeap: number }> {
    const from = Date.now();
    await this.startPortal();
    await delay(5000);
    const samples = await this.probe.between(from, Date.now());
    const idleHeap = await this.probe.liveHeap(this.portal.pid);
    await this.portal.stop();
    await this.withDatabase(async database => {
      // The first sync is to be one.
      await database('cluster_sessions').delete();
      await seedProjects(database, this.projects);
    });
    return { idleRss: samples.at(-1)?.rss ?? 0, idleHeap };
  }

  async startPortal(): Promise<void> {
    this.#portal = await Portal.start({
      port: this.port,
      dataFolder: this.folder,
      configFiles: [this.#configFile],
      environment: {
        ...this.probe.environment,
        GITOPS_ENCRYPTION_KEY: this.#encryptionKey,
        SANDBOX_GIT_TOKEN: 'none',
        SANDBOX_CLUSTER_TOKEN: 'none',
      },
    });
  }

  /** The portal's own tables, read beside it. */
  async withDatabase<T>(work: (database: Knex) => Promise<T>): Promise<T> {
    const database = knex(
      this.postgres
        ? {
            client: 'pg',
            connection: this.#postgresUrl,
            pool: { min: 0, max: 1 },
          }
        : {
            client: 'better-sqlite3',
            connection: { filename: join(this.folder, 'db/gitops.sqlite') },
            useNullAsDefault: true,
          },
    );
    try {
      return await work(database);
    } finally {
      await database.destroy();
    }
  }

  async stop(): Promise<void> {
    await this.#portal?.stop();
    for (const stop of this.#stops.reverse()) {
      await stop();
    }
  }

  get #configFile(): string {
    return join(this.folder, 'app-config.load.yaml');
  }

  get #postgresUrl(): string {
    const url = new URL(this.postgres!.connectionString);
    url.pathname = `/${PREFIX}gitops`;
    return url.href;
  }

  async #writeConfig(): Promise<void> {
    const clusters = [...this.clusters.values()].map(
      ({ name, url, token, ca }) => ({
        name,
        url,
        authProvider: 'serviceAccount',
        serviceAccountToken: token,
        ...(ca && { caData: Buffer.from(ca).toString('base64') }),
      }),
    );
    await writeFile(
      this.#configFile,
      stringify({
        backend: this.postgres && {
          database: {
            client: 'pg',
            connection: this.postgres.connectionString,
            prefix: PREFIX,
          },
        },
        kubernetes: {
          clusterLocatorMethods: [{ type: 'config', clusters }],
        },
        // Nothing but GitOps is measured.
        catalog: { locations: [] },
      }),
      { mode: 0o600 },
    );
  }
}

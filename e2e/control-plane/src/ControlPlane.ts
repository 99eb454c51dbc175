import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from './build';
import { Cluster } from './Cluster';
import {
  type ExistingControlPlane,
  readExistingControlPlane,
  readKubeconfig,
} from './existing';
import { Gitea } from './Gitea';

/** Real Kubernetes, Flux and Gitea: as many clusters as asked for, one Git host. */
export class ControlPlane {
  readonly #folder: string | undefined;

  private constructor(
    readonly clusters: readonly Cluster[],
    readonly gitea: Gitea,
    folder?: string,
  ) {
    this.#folder = folder;
  }

  /**
   * Builds what is missing and starts everything on free ports, with its data in
   * a temporary folder. Nothing outlives this process, however it ends; the
   * folder is removed by `stop`.
   *
   * Where the environment names clusters and a Gitea that run already, those are
   * used instead, see {@link readExistingControlPlane}.
   */
  static async start(options: {
    clusters: string[];
    say?: (text: string) => void;
  }): Promise<ControlPlane> {
    const existing = readExistingControlPlane();
    if (existing) {
      return ControlPlane.attach(existing, options.clusters);
    }
    const programs = await ensurePrograms(options.say ?? (() => {}));
    const folder = await mkdtemp(join(tmpdir(), 'gitops-control-plane-'));
    const started = await Promise.allSettled([
      Gitea.start({ program: programs.gitea, folder }),
      ...options.clusters.map(name =>
        Cluster.start({ name, programs, folder }),
      ),
    ]);
    const failed = started.find(outcome => outcome.status === 'rejected');
    const [gitea, ...clusters] = started.map(outcome =>
      outcome.status === 'fulfilled' ? outcome.value : undefined,
    );
    if (failed || !(gitea instanceof Gitea)) {
      for (const part of [gitea, ...clusters]) {
        await part?.stop();
      }
      await rm(folder, { recursive: true, force: true });
      throw failed?.reason;
    }
    return new ControlPlane(
      clusters.filter(cluster => cluster instanceof Cluster),
      gitea,
      folder,
    );
  }

  private static async attach(
    existing: ExistingControlPlane,
    names: string[],
  ): Promise<ControlPlane> {
    const accesses = await readKubeconfig(existing.kubeconfig, names.length);
    const clusters: Cluster[] = [];
    try {
      for (const [index, access] of accesses.entries()) {
        clusters.push(await Cluster.attach(names[index], access));
      }
    } catch (error) {
      await Promise.all(clusters.map(cluster => cluster.stop()));
      throw error;
    }
    return new ControlPlane(clusters, Gitea.attach(existing.gitea));
  }

  /** Whether it was started here, so that nothing of it stays. */
  get own(): boolean {
    return this.#folder !== undefined;
  }

  cluster(name: string): Cluster {
    const cluster = this.clusters.find(candidate => candidate.name === name);
    if (!cluster) {
      throw new Error(`no cluster '${name}' was started`);
    }
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all([this.gitea, ...this.clusters].map(part => part.stop()));
    if (this.#folder) {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}

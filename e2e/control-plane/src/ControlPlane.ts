import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from './build';
import { Cluster } from './Cluster';
import { Gitea } from './Gitea';

/** Real Kubernetes, Flux and Gitea: as many clusters as asked for, one Git host. */
export class ControlPlane {
  readonly #folder: string;

  private constructor(
    readonly clusters: readonly Cluster[],
    readonly gitea: Gitea,
    folder: string,
  ) {
    this.#folder = folder;
  }

  /**
   * Builds what is missing and starts everything on free ports, with its data in
   * a temporary folder. Nothing outlives this process, however it ends; the
   * folder is removed by `stop`.
   */
  static async start(options: {
    clusters: string[];
    say?: (text: string) => void;
  }): Promise<ControlPlane> {
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

  cluster(name: string): Cluster {
    const cluster = this.clusters.find(candidate => candidate.name === name);
    if (!cluster) {
      throw new Error(`no cluster '${name}' was started`);
    }
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all([this.gitea, ...this.clusters].map(part => part.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

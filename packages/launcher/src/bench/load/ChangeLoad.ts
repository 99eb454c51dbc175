import { setTimeout as delay } from 'node:timers/promises';
import {
  appliedStatus,
  fetchedStatus,
  KUSTOMIZE_API,
  SOURCE_API,
} from './fluxObjects';
import type { LoadCluster } from './LoadCluster';
import type { PlannedEnvironment, PlannedProject } from './LoadPlan';

/** Called when a Kustomization has got a new revision. */
export type OnChange = (change: {
  project: PlannedProject;
  environment: PlannedEnvironment;
  change: number;
  /** `performance.now()` of the commit. */
  at: number;
}) => void;

const TICK_MS = 20;

/**
 * Writes what controllers would write, at a given rate whatever becomes of it: a
 * source fetches a commit, its Kustomization applies it. Each is a change.
 */
export class ChangeLoad {
  #written = 0;
  #change = 0;
  #late = 0;

  constructor(
    private readonly options: {
      projects: readonly PlannedProject[];
      clusters: ReadonlyMap<string, LoadCluster>;
      random: () => number;
      onChange: OnChange;
    },
  ) {}

  /** Objects changed so far. */
  get written(): number {
    return this.#written;
  }

  /** Changes that could not be written in time because the servers were busy. */
  get late(): number {
    return this.#late;
  }

  /** Gives every object its first status. */
  async settleAll(): Promise<void> {
    const change = ++this.#change;
    const waiting = this.options.projects.values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const project of waiting) {
          for (const environment of project.environments) {
            await this.#write(project, environment, change);
          }
          await new Promise(setImmediate);
        }
      }),
    );
    this.#written = 0;
  }

  /** @param rate - changed objects a second, at a moment of the run in seconds */
  async run(seconds: number, rate: (second: number) => number): Promise<void> {
    const started = performance.now();
    let due = 0;
    let last = started;
    const open = new Set<Promise<void>>();
    while (performance.now() - started < seconds * 1000) {
      const now = performance.now();
      // Two objects a step.
      due += (rate((now - started) / 1000) * (now - last)) / 1000 / 2;
      last = now;
      for (; due >= 1; due -= 1) {
        if (open.size > 500) {
          this.#late += 2;
          continue;
        }
        const { projects, random } = this.options;
        const project = projects[Math.floor(random() * projects.length)];
        const environment =
          project.environments[
            Math.floor(random() * project.environments.length)
          ];
        const step = this.#write(project, environment, ++this.#change);
        open.add(step);
        void step.finally(() => open.delete(step));
      }
      await delay(TICK_MS);
    }
    await Promise.all(open);
  }

  async #write(
    project: PlannedProject,
    environment: PlannedEnvironment,
    change: number,
  ): Promise<void> {
    const cluster = this.options.clusters.get(environment.cluster);
    if (!cluster) {
      throw new Error(`there is no cluster '${environment.cluster}'`);
    }
    const { namespace } = project;
    await cluster.writeStatus(
      {
        apiVersion: SOURCE_API,
        kind: 'GitRepository',
        namespace,
        name: environment.source,
      },
      fetchedStatus(change, new Date()),
    );
    const at = await cluster.writeStatus(
      {
        apiVersion: KUSTOMIZE_API,
        kind: 'Kustomization',
        namespace,
        name: environment.kustomization,
      },
      appliedStatus(change, new Date()),
    );
    this.#written += 2;
    this.options.onChange({ project, environment, change, at });
  }
}

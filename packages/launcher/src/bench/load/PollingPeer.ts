import { setTimeout as delay } from 'node:timers/promises';
import type { LoadCluster } from './LoadCluster';
import type { PlannedProject } from './LoadPlan';
import { changeOf, type StalenessBook } from './StalenessBook';

const INTERVAL_MS = 10_000;

/** Lists that a page of the usual plugins asks each cluster for. */
const KINDS = [
  'apis/source.toolkit.fluxcd.io/v1/gitrepositories',
  'apis/kustomize.toolkit.fluxcd.io/v1/kustomizations',
  'apis/source.toolkit.fluxcd.io/v1/helmrepositories',
  'apis/source.toolkit.fluxcd.io/v1/ocirepositories',
  'apis/helm.toolkit.fluxcd.io/v2/helmreleases',
];

interface PolledList {
  items?: {
    metadata: { name: string };
    status?: { lastAppliedRevision?: string };
  }[];
}

/**
 * The request pattern of a plugin that polls from every open page: each ten
 * seconds, every kind from every cluster by label, whole objects back.
 */
export class PollingPeer {
  lists = 0;
  /** Lists that were not answered; the page tries again with its next round. */
  failures = 0;
  readonly roundMs: number[] = [];

  constructor(
    private readonly options: {
      clusters: readonly LoadCluster[];
      book: StalenessBook;
      fetch: (cluster: LoadCluster, path: string) => Promise<string>;
    },
  ) {}

  /** Keeps a page of one project open for so long. */
  async view(
    project: PlannedProject,
    options: { startAfterMs: number; untilAt: number },
  ): Promise<void> {
    // Nobody opens all pages at once.
    await delay(options.startAfterMs);
    while (performance.now() < options.untilAt) {
      const started = performance.now();
      const selector = `labelSelector=${encodeURIComponent(
        `backstage.io/kubernetes-id=${project.slug}`,
      )}`;
      await Promise.all(
        this.options.clusters.flatMap(cluster =>
          KINDS.map(async kind => {
            try {
              const text = await this.options.fetch(
                cluster,
                `/${kind}?${selector}`,
              );
              this.lists += 1;
              this.#see(project, text);
            } catch {
              this.failures += 1;
            }
          }),
        ),
      );
      const took = performance.now() - started;
      this.roundMs.push(took);
      await delay(Math.max(0, INTERVAL_MS - took));
    }
  }

  #see(project: PlannedProject, text: string): void {
    if (!text.includes('lastAppliedRevision')) {
      return;
    }
    const { items = [] } = JSON.parse(text) as PolledList;
    for (const { metadata, status } of items) {
      const environment = project.environments.find(
        ({ kustomization }) => kustomization === metadata.name,
      );
      if (environment && status?.lastAppliedRevision) {
        this.options.book.see(
          `${project.slug}/${environment.name}`,
          changeOf(status.lastAppliedRevision),
          performance.now(),
        );
      }
    }
  }
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  appliedStatus,
  fetchedStatus,
  FlowBench,
  KUSTOMIZE_API,
  plannedManifests,
  planProjects,
  SandboxLoadCluster,
  seedProjects,
  SOURCE_API,
} from '@backstage-gitops/launcher/testbench';
import { knex } from 'knex';

const NOUNS =
  'account archive basket billing booking catalog checkout claims courier customer delivery discount export fraud gateway identity image import inventory invoice ledger loyalty mail media metering notification order partner payment photo price product profile quote rating receipt refund report returns search session shipment stock storage subscription support tax ticket tracking wallet warehouse'.split(
    ' ',
  );
const PARTS =
  'adapter admin api audit batch cache consumer cron feed frontend index jobs loader proxy relay router scorer store sync worker'.split(
    ' ',
  );

/** They own a fifth each; the guest is of the last one. */
const TEAMS = [
  'payments',
  'storefront',
  'logistics',
  'data-platform',
  'guests',
];

/** One environment in so many has not the commit before it, or fails. */
const FAILS_EVERY = 97;
const BEHIND_EVERY = 7;
/** Planned projects have each environment on a cluster of its own. */
const CLUSTERS = ['east', 'north', 'west'];

/** Clusters full of Flux objects, without controllers. */
export class Fleet {
  private readonly failing = new Map<string, number>();

  private constructor(private readonly clusters: SandboxLoadCluster[]) {}

  static async start(): Promise<Fleet> {
    return new Fleet(
      await Promise.all(CLUSTERS.map(name => SandboxLoadCluster.start(name))),
    );
  }

  /** Configuration of a portal that knows these clusters, and no other. */
  configuration(): Record<string, unknown> {
    return {
      kubernetes: {
        clusterLocatorMethods: [
          {
            type: 'config',
            clusters: this.clusters.map(({ name, url, token }) => ({
              name,
              url,
              authProvider: 'serviceAccount',
              serviceAccountToken: token,
            })),
          },
        ],
      },
    };
  }

  /** Fills clusters and database while the portal is down, and starts it again. */
  async fill(flow: FlowBench, count: number): Promise<void> {
    const projects = planProjects(count, CLUSTERS).map((project, index) => {
      const slug = nameOf(index);
      return {
        slug,
        namespace: `project-${slug}`,
        environments: project.environments.map(environment => ({
          ...environment,
          source: `${slug}-repo`,
          kustomization: `${slug}-${environment.name}`,
        })),
      };
    });
    await flow.portal.stop();
    for (const cluster of this.clusters) {
      await cluster.createAll(
        projects.flatMap(project =>
          project.environments
            .filter(environment => environment.cluster === cluster.name)
            .flatMap(environment => plannedManifests(project, environment)),
        ),
      );
    }
    const from = Date.now();
    for (const [index, { namespace, environments }] of projects.entries()) {
      for (const [stage, environment] of environments.entries()) {
        const cluster = this.clusters.find(
          ({ name }) => name === environment.cluster,
        )!;
        const number = index * environments.length + stage;
        const newest = 1_000_003 * (index + 1);
        const at = new Date(from - (number % 1_440) * 60_000);
        const behind = stage > 0 && index % BEHIND_EVERY === 0;
        const fails = number % FAILS_EVERY === 50;
        if (fails) {
          this.failing.set(
            environment.name,
            this.failingIn(environment.name) + 1,
          );
        }
        const applied = appliedStatus(behind ? newest - 1 : newest, at);
        await cluster.writeStatus(
          {
            apiVersion: SOURCE_API,
            kind: 'GitRepository',
            namespace,
            name: environment.source,
          },
          withCommits(fetchedStatus(newest, at)),
        );
        await cluster.writeStatus(
          {
            apiVersion: KUSTOMIZE_API,
            kind: 'Kustomization',
            namespace,
            name: environment.kustomization,
          },
          withCommits(fails ? failed(applied, namespace) : applied),
        );
      }
    }
    const database = knex({
      client: 'better-sqlite3',
      connection: join(flow.folder, 'db', 'gitops.sqlite'),
      useNullAsDefault: true,
    });
    try {
      await seedProjects(database, projects);
      for (const [number, team] of TEAMS.entries()) {
        await database('projects')
          .whereIn(
            'slug',
            projects
              .map(({ slug }) => slug)
              .filter(slug => slug.length % TEAMS.length === number),
          )
          .update({ owner_ref: `group:default/${team}` });
      }
    } finally {
      await database.destroy();
    }
    await flow.startPortal();
  }

  /** How many projects fail in an environment. */
  failingIn(environment: string): number {
    return this.failing.get(environment) ?? 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.clusters.map(cluster => cluster.stop()));
  }
}

/** A name that no other number below the number of all pairs has. */
function nameOf(index: number): string {
  const noun = NOUNS[index % NOUNS.length];
  return `${noun}-${PARTS[Math.floor(index / NOUNS.length) % PARTS.length]}`;
}

/** Ids that look like those of Git, in place of those that count. */
function withCommits(status: object): Record<string, unknown> {
  const text = JSON.stringify(status);
  return JSON.parse(
    text.replace(/\b[0-9a-f]{40}\b/g, id =>
      createHash('sha1').update(id).digest('hex'),
    ),
  );
}

/** What kustomize-controller writes when a workload does not become healthy. */
function failed(
  applied: ReturnType<typeof appliedStatus>,
  namespace: string,
): Record<string, unknown> {
  const { lastAttemptedRevision, conditions } = applied;
  const message = `health check failed after 2m0s: timeout waiting for: [Deployment/${namespace}/app status: 'InProgress']`;
  return {
    ...applied,
    lastAttemptedRevision,
    conditions: conditions.map(condition => ({
      ...condition,
      status: 'False',
      reason: 'HealthCheckFailed',
      message,
    })),
  };
}

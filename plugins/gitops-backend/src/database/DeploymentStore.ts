import type { Page } from '@backstage-gitops/plugin-gitops-common';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { decodeTimeCursor, toPage } from './cursor';
import type { ChangesOf, NewEntityOf } from './Table';
import { deployments as table, environments, type Deployment } from './tables';
import { updateMany } from './updateMany';

/** Columns that change after a deployment was first seen. */
const CHANGING = [
  'commitHash',
  'status',
  'finishedAt',
  'message',
  'commitTitle',
  'commitAuthor',
  'committedAt',
  'fetchedAt',
  'appliedAt',
  'healthyAt',
] as const satisfies readonly (keyof Deployment)[];

/** Narrows and pages a project's history. */
export interface DeploymentQuery {
  /** Name of an environment; all of them if absent. */
  environment?: string;
  limit: number;
  cursor?: string;
}

/** What is known of an environment's deployments before something is added. */
export interface DeploymentHead {
  /** The deployment under way; there is at most one per environment. */
  running?: Deployment;
  /** The newest deployment that has ended. */
  latest?: Deployment;
}

/** A new row; the id is the caller's, so that it can tell of it at once. */
export type NewDeployment = NewEntityOf<typeof table>;

/** Names a commit of one project. */
export interface ProjectCommit {
  projectId: string;
  commit: string;
}

/** What the Git host tells of a commit. */
export type CommitFacts = Pick<
  Deployment,
  'commitTitle' | 'commitAuthor' | 'committedAt'
>;

/** History of what reached which environment. */
export interface DeploymentStore {
  /** Reads the newest of many environments; one without history is absent. */
  heads(
    trx: Knex,
    environmentIds: readonly string[],
  ): Promise<Map<string, DeploymentHead>>;
  /** The deployment under way; there is at most one per environment. */
  running(trx: Knex, environmentId: string): Promise<Deployment | undefined>;
  insert(trx: Knex, deployment: Omit<NewDeployment, 'id'>): Promise<Deployment>;
  update(
    trx: Knex,
    id: string,
    changes: ChangesOf<typeof table>,
  ): Promise<void>;
  /** Adds rows in one statement. */
  insertAll(trx: Knex, deployments: readonly NewDeployment[]): Promise<void>;
  /** Writes rows as they are given, in one statement. */
  updateAll(trx: Knex, deployments: readonly Deployment[]): Promise<void>;
  /** Commits since `since` that nothing is known of, newest first. */
  unknownCommits(options: {
    since: string;
    limit: number;
    /** Those of some projects only. */
    projectIds?: readonly string[];
  }): Promise<ProjectCommit[]>;
  /** What is known of a commit from another deployment of it. */
  findCommit(commit: ProjectCommit): Promise<CommitFacts | undefined>;
  /** Writes what is known of a commit into all its deployments that lack it. */
  describeCommit(
    trx: Knex,
    commit: ProjectCommit,
    facts: CommitFacts,
  ): Promise<void>;
  /** Newest first, each with the name of its environment. */
  listByProject(
    projectId: string,
    query: DeploymentQuery,
  ): Promise<Page<Deployment & { environment: string }>>;
}

export class DatabaseDeploymentStore implements DeploymentStore {
  static create(options: { knex: Knex }): DatabaseDeploymentStore {
    return new DatabaseDeploymentStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async heads(trx: Knex, environmentIds: readonly string[]) {
    const heads = new Map<string, DeploymentHead>();
    if (environmentIds.length === 0) {
      return heads;
    }
    // The index on (environment_id, started_at) finds each of them at once.
    const newest = trx(table.name)
      .where({ environment_id: trx.ref(environments.qualified('id')) })
      .whereNot({ status: 'running' })
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'created_at', order: 'desc' },
      ])
      .limit(1)
      .select('id');
    const rows = await trx(table.name)
      .whereIn('environment_id', environmentIds)
      .where({ status: 'running' })
      .select(`${table.name}.*`)
      .unionAll(
        trx(environments.name)
          .join(table.name, join =>
            join.on(trx.raw('?? = (?)', [table.qualified('id'), newest])),
          )
          .whereIn(environments.qualified('id'), environmentIds)
          .select(`${table.name}.*`),
      );
    for (const row of rows) {
      const deployment = table.fromRow(row);
      const { environmentId, status } = deployment;
      const head = heads.get(environmentId) ?? {};
      head[status === 'running' ? 'running' : 'latest'] = deployment;
      heads.set(environmentId, head);
    }
    return heads;
  }

  async running(trx: Knex, environmentId: string) {
    const row = await trx(table.name)
      .where({ environment_id: environmentId, status: 'running' })
      .first();
    return row && table.fromRow(row);
  }

  async insert(trx: Knex, deployment: Omit<NewDeployment, 'id'>) {
    const [row] = await trx(table.name)
      .insert(table.insertion({ id: randomUUID(), ...deployment }))
      .returning('*');
    return table.fromRow(row);
  }

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    await trx(table.name).where({ id }).update(table.update(changes));
  }

  async insertAll(trx: Knex, rows: readonly NewDeployment[]) {
    if (rows.length > 0) {
      await trx(table.name).insert(rows.map(row => table.insertion(row)));
    }
  }

  async updateAll(trx: Knex, rows: readonly Deployment[]) {
    await updateMany(
      trx,
      table.name,
      rows.map(row => ({
        id: row.id,
        ...table.update(
          Object.fromEntries(CHANGING.map(key => [key, row[key]])),
        ),
      })),
    );
  }

  async unknownCommits({
    since,
    limit,
    projectIds,
  }: Parameters<DeploymentStore['unknownCommits']>[0]) {
    const builder = this.knex(table.name)
      .join(
        environments.name,
        environments.qualified('id'),
        table.qualified('environmentId'),
      )
      .where(table.qualified('startedAt'), '>=', since)
      .whereNull(table.qualified('committedAt'))
      .groupBy(
        environments.qualified('projectId'),
        table.qualified('commitHash'),
      )
      .orderByRaw('max(??) desc', [table.qualified('startedAt')])
      .limit(limit)
      .select({
        projectId: environments.qualified('projectId'),
        commit: table.qualified('commitHash'),
      });
    if (projectIds) {
      builder.whereIn(environments.qualified('projectId'), projectIds);
    }
    const rows = await builder;
    return rows.map(({ projectId, commit }) => ({ projectId, commit }));
  }

  async findCommit(commit: ProjectCommit) {
    const row = await this.ofCommit(this.knex, commit)
      .whereNotNull('committed_at')
      .first();
    if (!row) {
      return undefined;
    }
    const { commitTitle, commitAuthor, committedAt } = table.fromRow(row);
    return { commitTitle, commitAuthor, committedAt };
  }

  async describeCommit(trx: Knex, commit: ProjectCommit, facts: CommitFacts) {
    await this.ofCommit(trx, commit)
      .whereNull('committed_at')
      .update(table.update(facts));
  }

  private ofCommit(knex: Knex, { projectId, commit }: ProjectCommit) {
    return knex(table.name)
      .where({ commit_hash: commit })
      .whereIn(
        'environment_id',
        knex(environments.name).where({ project_id: projectId }).select('id'),
      );
  }

  async listByProject(projectId: string, query: DeploymentQuery) {
    const { environment, limit, cursor } = query;
    const builder = this.knex(table.name)
      .join(
        environments.name,
        environments.qualified('id'),
        table.qualified('environmentId'),
      )
      .where(environments.qualified('projectId'), projectId)
      .select(
        `${table.name}.*`,
        `${environments.qualified('name')} as environment`,
      )
      .orderBy([
        { column: table.qualified('startedAt'), order: 'desc' },
        { column: table.qualified('id'), order: 'desc' },
      ])
      .limit(limit + 1);
    if (environment) {
      builder.where(environments.qualified('name'), environment);
    }
    if (cursor) {
      const [startedAt, id] = decodeTimeCursor(cursor);
      builder.whereRaw(
        `(${table.qualified('startedAt')}, ${table.qualified('id')}) < (?, ?)`,
        [startedAt, id],
      );
    }
    const rows = (await builder).map(row => ({
      ...table.fromRow(row),
      environment: String(row.environment),
    }));
    return toPage(
      rows,
      limit,
      row => [row.startedAt, row.id],
      row => row,
    );
  }
}

import {
  initializationProgress,
  type DiagnosisDocument,
  type EnvironmentDocument,
  type InitializationDocument,
  type ProjectDocument,
  type ProjectSummaryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { StepStore } from '../database/StepStore';
import {
  clusterSessions,
  environments,
  gitopsResources,
  projects,
  repositories,
  type Environment,
  type GitopsResource,
  type Project,
  type Repository,
} from '../database/tables';
import { stepDocument } from '../initialization/stepDocument';
import { repositoryDocument } from './repositoryDocument';
import { resourceDocument } from './resourceDocument';
import { ResourceView, type Stage } from './ResourceView';
import { shortenMessages } from './shortenMessages';

/** A project with what a caller needs to decide on it. */
export interface ProjectRecord {
  project: Project;
  repository?: Repository;
}

type ProjectKey = { slug: string } | { id: string } | { entityRef: string };

/**
 * What pages read. Everything comes from the database: a page view reaches no
 * cluster and no Git host, however many people look.
 */
export class ProjectReader {
  static create(options: { knex: Knex; steps: StepStore }): ProjectReader {
    return new ProjectReader(options.knex, options.steps);
  }

  private constructor(
    private readonly knex: Knex,
    private readonly steps: StepStore,
  ) {}

  async find(key: ProjectKey): Promise<ProjectRecord | undefined> {
    const [[column, value]] = Object.entries(key);
    const row = await this.knex(projects.name)
      .leftJoin(
        repositories.name,
        repositories.qualified('projectId'),
        projects.qualified('id'),
      )
      .where(projects.qualified(column as 'slug' | 'id' | 'entityRef'), value)
      .first([...projects.selection('p_'), ...repositories.selection('r_')]);
    return (
      row && {
        project: projects.fromRow(row, 'p_'),
        ...(row.r_id && { repository: repositories.fromRow(row, 'r_') }),
      }
    );
  }

  /**
   * All that a page needs.
   *
   * @param options - `history` keeps the steps of a finished set-up, which the
   * entity page does without
   */
  async document(
    record: ProjectRecord,
    allowed: ProjectDocument['allowed'],
    options: { history: boolean },
  ): Promise<ProjectDocument> {
    const { project, repository } = record;
    const [stages, resources, initialization] = await Promise.all([
      this.stages([project.id]),
      this.resources([project.id]),
      this.initialization(project, options.history),
    ]);
    const at = new Date();
    const view = new ResourceView(stages, resources, at);
    return shortenMessages({
      id: project.id,
      slug: project.slug,
      name: project.name,
      description: project.description,
      status: project.status,
      version: project.version,
      entityRef: project.entityRef,
      ownerRef: project.ownerRef,
      ...(repository && { repository: repositoryDocument(repository) }),
      initialization,
      environments: stages.map(({ environment }) =>
        environmentDocument(environment, view),
      ),
      sources: view.sources.map(source =>
        resourceDocument(source, view.state(source)),
      ),
      clusters: view.clusters(),
      allowed,
      serverTime: at.toISOString(),
    });
  }

  /** One line of each project for a list. */
  async summaries(list: readonly Project[]): Promise<ProjectSummaryDocument[]> {
    const ids = list.map(project => project.id);
    const [stages, resources] = await Promise.all([
      this.stages(ids),
      this.resources(ids),
    ]);
    const at = new Date();
    const stagesOf = groupBy(stages, stage => stage.environment.projectId);
    const resourcesOf = groupBy(resources, item => item.projectId);
    return list.map(project => {
      const own = stagesOf.get(project.id) ?? [];
      const view = new ResourceView(own, resourcesOf.get(project.id) ?? [], at);
      return {
        slug: project.slug,
        name: project.name,
        status: project.status,
        entityRef: project.entityRef,
        ownerRef: project.ownerRef,
        version: project.version,
        environments: own.map(({ environment }) => {
          const { resource } = environmentDocument(environment, view);
          return {
            name: environment.name,
            cluster: environment.cluster,
            status: resource?.status ?? 'pending',
            commit: resource?.commit,
            since: resource?.since,
          };
        }),
      };
    });
  }

  /** The state of every resource of a project, with messages uncut. */
  async diagnosis(project: Project): Promise<DiagnosisDocument> {
    const [stages, resources] = await Promise.all([
      this.stages([project.id]),
      this.resources([project.id]),
    ]);
    const at = new Date();
    const view = new ResourceView(stages, resources, at);
    const inOrder: { environment?: string; resource?: GitopsResource }[] = [
      ...view.sources.map(resource => ({ resource })),
      ...stages.map(({ environment }) => ({
        environment: environment.name,
        resource: view.kustomization(environment),
      })),
    ];
    return {
      slug: project.slug,
      serverTime: at.toISOString(),
      items: inOrder.flatMap(({ environment, resource }) => {
        if (!resource) {
          return [];
        }
        const { type, name, namespace, cluster } = resource;
        const { status, since, message, diagnosis } = view.state(resource);
        return [
          {
            environment,
            cluster,
            resource: { type, name, namespace },
            status,
            since,
            message,
            diagnosis,
          },
        ];
      }),
    };
  }

  private async initialization(
    project: Project,
    history: boolean,
  ): Promise<InitializationDocument> {
    const document = {
      attempt: project.initializationAttempt,
      startedAt: project.initializationStartedAt,
      completedAt: project.initializationCompletedAt,
      error: project.initializationError,
      running:
        project.leaseUntil !== undefined &&
        Date.parse(project.leaseUntil) > Date.now(),
    };
    const finished =
      project.status !== 'initializing' && project.status !== 'failed';
    if (finished && !history) {
      return { ...document, progress: 100 };
    }
    const steps = await this.steps.list(project.id);
    return {
      ...document,
      progress: initializationProgress(steps),
      steps: steps.map(stepDocument),
    };
  }

  /** Environments in their order, each with what is known of its cluster. */
  private async stages(projectIds: readonly string[]): Promise<Stage[]> {
    const rows = await this.knex(environments.name)
      .leftJoin(
        clusterSessions.name,
        clusterSessions.qualified('cluster'),
        environments.qualified('cluster'),
      )
      .whereIn(environments.qualified('projectId'), projectIds)
      .orderBy(environments.qualified('position'))
      .select([
        ...environments.selection('e_'),
        ...clusterSessions.selection('c_'),
      ]);
    return rows.map(row => ({
      environment: environments.fromRow(row, 'e_'),
      ...(row.c_cluster && { session: clusterSessions.fromRow(row, 'c_') }),
    }));
  }

  private async resources(
    projectIds: readonly string[],
  ): Promise<GitopsResource[]> {
    const rows = await this.knex(gitopsResources.name)
      .whereIn('project_id', projectIds)
      .orderBy(['cluster', 'name']);
    return rows.map(row => gitopsResources.fromRow(row));
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string) {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return groups;
}

function environmentDocument(
  environment: Environment,
  view: ResourceView,
): EnvironmentDocument {
  const { name, displayName, type, cluster, namespace } = environment;
  const resource = view.kustomization(environment);
  return {
    name,
    displayName,
    type,
    cluster,
    namespace,
    ...(resource && {
      resource: resourceDocument(resource, view.state(resource)),
    }),
  };
}

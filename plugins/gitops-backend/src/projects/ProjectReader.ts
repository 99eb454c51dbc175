import {
  initializationProgress,
  type DiagnosisDocument,
  type EnvironmentDocument,
  type InitializationDocument,
  type ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { stepDocument } from '../initialization/stepDocument';
import {
  findProject,
  type ProjectKey,
  type ProjectRecord,
} from './ProjectRecord';
import { readStages } from './readStages';
import { repositoryDocument } from './repositoryDocument';
import { ResourceView, type Stage } from './ResourceView';
import { shortenMessages } from './shortenMessages';
import type { ShownProject, ShownResource } from './shownColumns';

/**
 * What pages read. Everything comes from the database: a page view reaches no
 * cluster and no Git host, however many people look, and costs two queries.
 */
export class ProjectReader {
  static create(options: { knex: Knex }): ProjectReader {
    return new ProjectReader(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  /**
   * @param options - `history` keeps the steps of a finished set-up, which the
   * entity page does without
   */
  async find(
    key: ProjectKey,
    options: { history?: boolean } = {},
  ): Promise<ProjectRecord | undefined> {
    return findProject(this.knex, key, { history: options.history ?? false });
  }

  /**
   * All that a page needs.
   *
   * @param options - `wordings` tells also what the sentences say, for readers
   * who have no English
   */
  async document(
    record: ProjectRecord,
    allowed: ProjectDocument['allowed'],
    options: { wordings?: boolean } = {},
  ): Promise<ProjectDocument> {
    const { project, repository, credential } = record;
    const stages = await readStages(this.knex, project.id);
    const at = new Date();
    const view = new ResourceView(stages, at);
    const document: ProjectDocument = {
      id: project.id,
      slug: project.slug,
      name: project.name,
      description: project.description,
      status: project.status,
      version: project.version,
      entityRef: project.entityRef,
      ownerRef: project.ownerRef,
      ...(repository && { repository: repositoryDocument(repository) }),
      initialization: initializationDocument(record, at),
      environments: stages.map(stage => environmentDocument(stage, view)),
      sources: view.sources.map(source => view.document(source)),
      clusters: view.clusters(),
      ...(credential && { credential }),
      ...(repository?.conflict && { repositoryConflict: repository.conflict }),
      allowed,
      serverTime: at.toISOString(),
    };
    return shortenMessages(document, options.wordings ?? false);
  }

  /** The state of every resource of a project, with messages uncut. */
  async diagnosis(
    project: Pick<ShownProject, 'id' | 'slug'>,
  ): Promise<DiagnosisDocument> {
    const stages = await readStages(this.knex, project.id);
    const view = new ResourceView(stages, new Date());
    const inOrder: { environment?: string; resource?: ShownResource }[] = [
      ...view.sources.map(resource => ({ resource })),
      ...stages.map(({ environment, kustomization }) => ({
        environment: environment.name,
        resource: kustomization,
      })),
    ];
    return {
      slug: project.slug,
      serverTime: view.at.toISOString(),
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
}

function initializationDocument(
  { project, steps }: ProjectRecord,
  at: Date,
): InitializationDocument {
  const { leaseUntil } = project;
  return {
    attempt: project.initializationAttempt,
    startedAt: project.initializationStartedAt,
    completedAt: project.initializationCompletedAt,
    error: project.initializationError,
    running: leaseUntil !== undefined && Date.parse(leaseUntil) > at.getTime(),
    ...(steps.length > 0 || !isFinished(project)
      ? {
          progress: initializationProgress(steps),
          steps: steps.map(stepDocument),
        }
      : { progress: 100 }),
  };
}

function isFinished({ status }: ShownProject): boolean {
  return status !== 'initializing' && status !== 'failed';
}

function environmentDocument(
  { environment, kustomization }: Stage,
  view: ResourceView,
): EnvironmentDocument {
  const { name, displayName, type, cluster, namespace } = environment;
  return {
    name,
    displayName,
    type,
    cluster,
    namespace,
    ...(kustomization && { resource: view.document(kustomization) }),
  };
}

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ConflictError, InputError } from '@backstage/errors';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { ClusterRegistry } from '../clusters';
import type { Vault } from '../credentials/Vault';
import type { ConnectionStore } from '../database/ConnectionStore';
import { type ContentStore, packContent } from '../database/ContentStore';
import type { ProjectStore } from '../database/ProjectStore';
import { secretLocations } from '../database/secretLocations';
import type { StepStore } from '../database/StepStore';
import type { Project, ProjectWishes } from '../database/tables';
import { now } from '../database/time';
import { withTransaction } from '../database/withTransaction';
import type { EventStore } from '../events/EventStore';
import {
  checkRequest,
  type ProjectRequest,
} from '../initialization/checkRequest';

/** How long a rendered template is kept for a set-up that never ends. */
const CONTENT_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/**
 * Records what a user wishes for. Nothing outside the database is touched; the
 * engine does that when it is run.
 */
export class ProjectRegistrar {
  static create(options: RegistrarOptions): ProjectRegistrar {
    return new ProjectRegistrar(options);
  }

  private constructor(private readonly options: RegistrarOptions) {}

  /**
   * Adds a project with its wishes, files and pending steps, or finds the one
   * that the same owner asked for before.
   *
   * A set-up that rests takes the newer tokens and, before they are pushed, the
   * newer files, so that a mended template can be sent again. One that is under way
   * goes on with what it was given.
   *
   * @throws InputError when it could not be set up, ConflictError when the name
   * is another owner's or the project was begun with other wishes
   */
  async createOrGet(
    request: ProjectRequest,
    userRef: string,
  ): Promise<{ project: Project; created: boolean }> {
    const { knex, vault, projects, steps, events, contents } = this.options;
    const checked = await checkRequest(request, this.options);
    await this.checkConnection(request, userRef);
    const packed = await packContent(checked.files);
    const newId = randomUUID();

    return withTransaction(knex, async trx => {
      const existing = await projects.getBySlug(checked.slug, trx);
      const id = existing?.id ?? newId;
      const wishes: ProjectWishes = {
        repository: checked.repository,
        environments: checked.environments,
        ...sealedCredential(vault, request.credential, id),
      };
      const expiresAt = new Date(Date.now() + CONTENT_LIFETIME_MS);
      const content = { expiresAt: expiresAt.toISOString() };
      const initializationHostToken =
        request.hostToken &&
        vault.seal(request.hostToken, secretLocations.hostToken(id));

      if (existing) {
        checkStays(existing);
        checkSame(existing, checked, wishes);
        if (isOpen(existing)) {
          await projects.update(trx, id, {
            wishes,
            ...(initializationHostToken && { initializationHostToken }),
            ...(request.taskId && { initializationJobId: request.taskId }),
          });
          const push = (await steps.list(id, {}, trx)).find(
            ({ step }) => step === 'push_template',
          );
          if (push?.status === 'pending' || push?.status === 'failed') {
            await contents.put(trx, id, packed, content);
          }
        }
        return { project: existing, created: false };
      }

      const project = await projects.insert(trx, {
        id,
        slug: checked.slug,
        name: checked.name,
        description: checked.description,
        status: 'initializing',
        statusSince: now(),
        entityRef: checked.entityRef,
        ownerRef: checked.ownerRef,
        createdBy: userRef,
        templateId: checked.templateRef,
        wishes,
        version: 1,
        initializationJobId: checked.taskId,
        initializationAttempt: 1,
        initializationHostToken,
        leaseFence: 0,
      });
      await contents.put(trx, id, packed, content);
      await steps.addAttempt(trx, id, 1);
      await events.append(trx, {
        eventType: 'audit',
        action: 'project-created',
        projectId: id,
        resourceType: 'project',
        resourceId: id,
        userId: userRef,
        organizationId: checked.ownerRef,
        message: `Project ${checked.slug} was put under GitOps`,
        metadata: {
          entityRef: checked.entityRef,
          environments: checked.environments.map(({ name }) => name),
        },
      });
      return { project, created: true };
    });
  }

  private async checkConnection(request: ProjectRequest, userRef: string) {
    if (request.credential?.kind !== 'connection') {
      return;
    }
    const { connectionId } = request.credential;
    const connection = await this.options.connections.get(connectionId);
    // Somebody else's connection looks like none.
    if (connection?.userId !== userRef) {
      throw new InputError(
        `credential.connectionId: you have no connection ${connectionId}; choose one of your own`,
      );
    }
  }
}

export interface RegistrarOptions {
  knex: Knex;
  vault: Vault;
  projects: ProjectStore;
  steps: StepStore;
  events: EventStore;
  contents: ContentStore;
  connections: ConnectionStore;
  gitHosts: GitHostRegistry;
  clusters: ClusterRegistry;
}

/** The wish as it is stored: a secret only in its envelope. */
function sealedCredential(
  vault: Vault,
  wish: ProjectRequest['credential'],
  projectId: string,
): Pick<ProjectWishes, 'credential'> {
  if (wish?.kind === 'token') {
    const { token, ...rest } = wish;
    const location = secretLocations.wishedToken(projectId);
    const sealedToken = vault.seal(token, location);
    return { credential: { ...rest, sealedToken } };
  }
  if (wish?.kind === 'app') {
    const { privateKey, ...rest } = wish;
    const location = secretLocations.wishedAppKey(projectId);
    const sealedPrivateKey = vault.seal(privateKey, location);
    return { credential: { ...rest, sealedPrivateKey } };
  }
  return { credential: wish };
}

/** Whether wishes may still change: the set-up is not over and nobody is at it. */
function isOpen({ status, leaseHolder, wishes }: Project): boolean {
  return (
    (status === 'initializing' || status === 'failed') &&
    !leaseHolder &&
    // It was over: what is under way is one environment more.
    !wishes.added
  );
}

function checkStays({ slug, deletionRequestedAt }: Project): void {
  if (deletionRequestedAt) {
    throw new ConflictError(
      `Project '${slug}' is being deleted: wait until it is gone, or choose another name`,
    );
  }
}

function checkSame(
  existing: Project,
  checked: { slug: string; ownerRef: string; entityRef: string },
  wishes: ProjectWishes,
): void {
  const { slug, ownerRef, entityRef } = checked;
  if (existing.ownerRef !== ownerRef) {
    throw new ConflictError(
      `The project name '${slug}' is taken: choose another name`,
    );
  }
  const differing = [
    ['entityRef', existing.entityRef, entityRef],
    ['repository', existing.wishes.repository, wishes.repository],
    ['environments', existing.wishes.environments, wishes.environments],
  ].flatMap(([field, before, after]) =>
    isDeepStrictEqual(before, after) ? [] : [field],
  );
  if (differing.length > 0) {
    throw new ConflictError(
      `Project '${slug}' was begun with another ${differing.join(
        ' and ',
      )}: use the same, or choose another name`,
    );
  }
}

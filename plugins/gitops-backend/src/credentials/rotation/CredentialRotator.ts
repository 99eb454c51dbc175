import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConflictError,
  InputError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import type {
  CredentialWish,
  RotationObstacle,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitAuth } from '../../database/GitAuthStore';
import { secretLocations } from '../../database/secretLocations';
import type { CredentialRotation, Project } from '../../database/tables';
import { withTransaction } from '../../database/withTransaction';
import {
  DEFAULT_LEASE_TIMES,
  LeaseLostError,
  RunLease,
} from '../../initialization/RunLease';
import { isManaged } from '../CredentialFactory';
import { credentialTarget } from '../kinds/CredentialTarget';
import { isGiven } from '../kinds/isGiven';
import { checkTokenShape } from '../validation/checkToken';
import { RotationRun } from './RotationRun';
import type { RotationServices, RotationTimes } from './RotationServices';

const DAY_MS = 24 * 60 * 60_000;

/** What somebody is told who asks all the same. */
const INSTEAD: Record<RotationObstacle, string> = {
  connection:
    'It belongs to a connection, which renews it by itself: to change it, connect the account again or choose another credential',
  app: 'The portal cannot make keys of an app: make a new private key in the settings of the app, and give it',
  brought:
    'The portal did not make it: make a new one at the Git host and give it, or let the portal make one that may only read this repository',
};

const DEFAULT_TIMES: RotationTimes = {
  ...DEFAULT_LEASE_TIMES,
  fetchMs: 90_000,
  pollMs: 200,
  answerMs: 45_000,
  retryMs: 2_000,
};

/**
 * Replaces the credential of a project without an outage. Any number of replicas
 * may work on one database: whoever gets hold of the project goes on with its
 * rotation, and when the holder dies the next one does.
 *
 * @internal
 */
export class CredentialRotator {
  static create(
    options: RotationServices & { times?: Partial<RotationTimes> },
  ): CredentialRotator {
    const { times, ...services } = options;
    return new CredentialRotator(services, { ...DEFAULT_TIMES, ...times });
  }

  private readonly running = new Map<RunLease, Promise<void>>();
  private stopped = false;

  private constructor(
    private readonly services: RotationServices,
    private readonly times: RotationTimes,
  ) {}

  /** Why the portal cannot make a new one of the same kind; undefined when it can. */
  notRotatable(auth: GitAuth): RotationObstacle | undefined {
    if (isManaged(auth)) {
      return undefined;
    }
    switch (auth.material.authType) {
      case 'oauth':
        return 'connection';
      case 'app':
        return 'app';
      default:
        return 'brought';
    }
  }

  /**
   * Makes a new one of the same kind.
   *
   * @throws InputError where the portal cannot, and the errors of
   * {@link CredentialRotator.replace}
   */
  async rotate(
    project: Project,
    /** Undefined when the portal does it by itself. */
    userRef: string | undefined,
    options: { hostToken?: string } = {},
  ): Promise<CredentialRotation> {
    const current = await this.requireCurrent(project);
    const obstacle = this.notRotatable(current);
    if (obstacle) {
      throw new InputError(INSTEAD[obstacle]);
    }
    const kind = current.material.authType === 'ssh' ? 'ssh' : 'project-token';
    return this.replace(project, { kind }, userRef, options);
  }

  /**
   * Replaces the credential. Returns when that has ended, or when it takes long:
   * it goes on by itself then.
   *
   * @throws InputError, NotAllowedError or NotFoundError for a credential that
   * cannot be used, with nothing changed; ConflictError when one is replaced
   * already, or when the replacement failed, mostly with the old one in use again
   */
  async replace(
    project: Project,
    wish: CredentialWish,
    /** Undefined when the portal does it by itself. */
    userRef: string | undefined,
    options: { hostToken?: string } = {},
  ): Promise<CredentialRotation> {
    const rotation = await this.begin(project, wish, userRef, options);
    // Not this request's: it goes on when the caller has gone.
    this.run(rotation).catch(error => {
      this.services.logger.error(
        `The rotation of the credential of project ${project.slug} was interrupted and will be gone on with`,
        toError(error),
      );
    });
    const last = await this.follow(rotation.id);
    if (last.phase === 'failed') {
      throw new ConflictError(
        `The credential of project '${project.slug}' was not replaced: ${last.error}`,
      );
    }
    return last;
  }

  /**
   * Makes new ones of those that the portal made and that come near their end, where
   * it has a token of its own to do so. What fails is tried again a day later; people
   * are warned meanwhile.
   *
   * @returns slugs of the projects whose credential was rotated
   */
  async rotateEnding(options: { withinMs: number }): Promise<string[]> {
    const { gitAuths, projects, repositories, gitHosts, credentialRotations } =
      this.services;
    const ending = await gitAuths.findExpiring({
      before: new Date(Date.now() + options.withinMs).toISOString(),
    });
    const rotated: string[] = [];
    for (const auth of ending.filter(isManaged)) {
      const project = await projects.get(auth.projectId);
      const repository = await repositories.getByProject(auth.projectId);
      const last = await credentialRotations.getLatest(auth.projectId);
      if (
        !project ||
        !repository ||
        (last && Date.parse(last.startedAt) > Date.now() - DAY_MS)
      ) {
        continue;
      }
      try {
        if (
          await gitHosts.get(repository.host).portalCredential(repository.owner)
        ) {
          await this.rotate(project, undefined);
          rotated.push(project.slug);
        }
      } catch (error) {
        this.services.logger.warn(
          `The credential of project ${
            project.slug
          } comes near its end and could not be rotated: ${
            toError(error).message
          }`,
        );
      }
    }
    return rotated;
  }

  /**
   * Goes on with rotations that wait, or whose replica died.
   *
   * @returns ids of the rotations it went on with
   */
  async resume(): Promise<string[]> {
    const due = await this.services.credentialRotations.findDue();
    const resumed: string[] = [];
    await Promise.all(
      due.map(async rotation => {
        try {
          if (await this.run(rotation)) {
            resumed.push(rotation.id);
          }
        } catch (error) {
          this.services.logger.warn(
            `The rotation of a credential cannot go on: ${
              toError(error).message
            }`,
          );
        }
      }),
    );
    return resumed;
  }

  /** Interrupts all rotations at the next safe place; another start goes on with them. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const lease of this.running.keys()) {
      lease.stop(new ServiceUnavailableError('The portal is being stopped'));
    }
    await Promise.allSettled(this.running.values());
  }

  private async begin(
    project: Project,
    wish: CredentialWish,
    userRef: string | undefined,
    { hostToken }: { hostToken?: string },
  ): Promise<CredentialRotation> {
    const { services } = this;
    if (project.status !== 'active' || project.deletionRequestedAt) {
      throw new ConflictError(
        `Project '${project.slug}' is not in operation: finish its set-up first, it takes another credential, too`,
      );
    }
    const current = await this.requireCurrent(project);
    const repository = await services.repositories.getByProject(project.id);
    if (!repository) {
      throw new ConflictError(
        `Project '${project.slug}' has no repository on record: retry its set-up`,
      );
    }
    if (hostToken !== undefined) {
      checkTokenShape('hostToken', hostToken);
    }
    const target = await credentialTarget({
      project,
      userRef: userRef ?? project.createdBy,
      provider: services.gitHosts.get(repository.host),
      repository,
      hostToken,
    });
    await services.credentials.checkWish(wish, target);
    const id = randomUUID();
    const newAuthId = services.credentials.newId();
    const given = isGiven(wish.kind)
      ? await services.credentials.make(newAuthId, wish, target)
      : undefined;
    return withTransaction(services.knex, async trx => {
      const rotation = await services.credentialRotations.insert(trx, {
        id,
        projectId: project.id,
        wish: { kind: wish.kind },
        startedBy: userRef,
        oldAuthId: current.id,
        newAuthId,
        hostToken:
          hostToken &&
          services.vault.seal(hostToken, secretLocations.rotationHostToken(id)),
      });
      if (given) {
        await services.gitAuths.addNext(trx, given);
      }
      await services.events.append(trx, {
        eventType: 'audit',
        action: 'credential-rotation-started',
        projectId: project.id,
        resourceType: 'credential',
        resourceId: current.id,
        userId: userRef,
        message: 'The credential is being replaced',
        metadata: { kind: wish.kind },
      });
      return rotation;
    });
  }

  private async requireCurrent(project: Project): Promise<GitAuth> {
    const current = await this.services.gitAuths.getByProject(project.id);
    if (!current) {
      throw new ConflictError(
        `Project '${project.slug}' has no credential yet: finish its set-up first`,
      );
    }
    return current;
  }

  /** @returns false when somebody else is at the project */
  private async run(rotation: CredentialRotation): Promise<boolean> {
    const { knex, projects } = this.services;
    if (this.stopped) {
      return false;
    }
    const lease = await RunLease.acquire({
      knex,
      projects,
      projectId: rotation.projectId,
      holder: randomUUID(),
      times: this.times,
    });
    if (!lease) {
      return false;
    }
    const work = this.hold(lease, rotation.id);
    this.running.set(lease, work);
    try {
      await work;
    } finally {
      this.running.delete(lease);
    }
    return true;
  }

  private async hold(lease: RunLease, rotationId: string): Promise<void> {
    try {
      await new RotationRun(this.services, lease, this.times).execute(
        rotationId,
      );
    } catch (error) {
      // Whoever holds the project now, or the next start, goes on.
      if (!lease.signal.aborted && !(error instanceof LeaseLostError)) {
        throw error;
      }
    } finally {
      await lease.release();
    }
  }

  private async follow(rotationId: string): Promise<CredentialRotation> {
    const end = Date.now() + this.times.answerMs;
    for (;;) {
      const rotation = await this.services.credentialRotations.get(rotationId);
      if (!rotation) {
        throw new ConflictError('The project was deleted meanwhile');
      }
      if (rotation.finishedAt || Date.now() > end || this.stopped) {
        return rotation;
      }
      await delay(this.times.pollMs);
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, toError } from '@backstage/errors';
import {
  gitAuthSecretName,
  projectNamespace,
  stripCredentials,
  type CredentialWish,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitAuth } from '../../database/GitAuthStore';
import type { CredentialRotation } from '../../database/tables';
import { now } from '../../database/time';
import { gitAuthSecretManifest, sourceAuth } from '../../flux/manifests';
import type { RunLease } from '../../initialization/RunLease';
import { credentialWord } from '../CredentialFactory';
import {
  type FluxCredential,
  sourceCredentialOf,
} from '../kinds/FluxCredential';
import { isGiven } from '../kinds/isGiven';
import { credentialTitle } from '../kinds/names';
import { RotationJournal } from './RotationJournal';
import type { RotationServices, RotationTimes } from './RotationServices';
import { readSituation, type Situation } from './RotationSituation';
import {
  type SourceAuth,
  SourceRefusedError,
  SourceSwitch,
} from './SourceSwitch';

/** Passes that may fail before a rotation that can still be given up is. */
const PASSES_BEFORE_GIVING_UP = 5;
/** Passes that may fail before the old credential is left to people. */
const PASSES_TO_REVOKE = 20;
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * One pass over a rotation by whoever holds the project.
 *
 * A source reads its Secret at a moment that nobody else chooses, the type of a
 * Secret cannot be changed, and address and Secret of an SSH key belong together.
 * So the new credential first stands beside the one in use, in a Secret of its own
 * on the sources' side, and one request to each source moves address and Secret
 * at once. Only when all of them have fetched with it does it take its place in
 * every namespace, and only then is the old one revoked. Up to that point going
 * back is one request again, to a Secret that nobody has touched.
 *
 * @internal
 */
export class RotationRun {
  private readonly switch: SourceSwitch;
  private readonly journal: RotationJournal;

  constructor(
    private readonly services: RotationServices,
    private readonly lease: RunLease,
    private readonly times: RotationTimes,
  ) {
    this.switch = new SourceSwitch(services.clusters, times);
    this.journal = new RotationJournal(services, lease);
  }

  /**
   * Goes as far as it gets. What fails is written down with the time to try again,
   * or ends the rotation.
   */
  async execute(rotationId: string): Promise<void> {
    for (;;) {
      const situation = await readSituation(
        this.services,
        this.lease,
        rotationId,
      );
      if (!situation || situation.rotation.finishedAt) {
        return;
      }
      try {
        await this.pass(situation);
      } catch (error) {
        this.lease.signal.throwIfAborted();
        if (!(await this.failed(situation, toError(error)))) {
          return;
        }
      }
    }
  }

  private async pass(situation: Situation): Promise<void> {
    switch (situation.rotation.phase) {
      case 'creating':
        return this.create(situation);
      case 'synchronizing':
        return this.synchronize(situation);
      case 'verifying':
        return this.verify(situation);
      default: {
        const { rotation } = situation;
        const current = await this.current(situation);
        return current?.id === rotation.newAuthId
          ? this.revokeOld(situation)
          : this.rollBack(situation);
      }
    }
  }

  /** The new credential exists, at the host where that is its place. */
  private async create(situation: Situation): Promise<void> {
    const { rotation, project, target } = situation;
    const { gitAuths, credentials } = this.services;
    const left = (await gitAuths.listByProject(project.id)).find(
      ({ slot }) => slot === 'retired',
    );
    if (left) {
      // An earlier rotation ended before it came to that.
      const reason = await this.revoked(situation, () =>
        credentials.revoke(left, target),
      );
      if (reason) {
        this.services.logger.warn(
          `An old credential of project ${
            project.slug
          } is left at the Git host (${describeCredential(left)}): ${reason}`,
        );
      }
      await this.lease.write(trx => gitAuths.delete(trx, left.id));
    }
    const made =
      // A secret that was given stands there since the rotation began.
      (await gitAuths.get(rotation.newAuthId)) ??
      (await this.journal.logged(situation, 'create', () =>
        this.effect('create credential', () =>
          credentials.make(rotation.newAuthId, madeWish(rotation), target),
        ),
      ));
    await this.journal.enter(situation, 'synchronizing', async trx => {
      await gitAuths.addNext(trx, made);
    });
  }

  /** The sources have a Secret with it beside the one in use, and are pointed at it. */
  private async synchronize(situation: Situation): Promise<void> {
    const { rotation, project, sources } = situation;
    const { clusters } = this.services;
    const { signal } = this.lease;
    const credential = await this.open(rotation.newAuthId);
    const request = rotation.trialRequest ?? now();
    if (!rotation.trialRequest) {
      await this.journal.change(project.id, trx =>
        this.services.credentialRotations.update(trx, rotation.id, {
          trialRequest: request,
        }),
      );
    }
    await Promise.all(
      sources.map(async source => {
        await this.switch.checkUsable(source, { signal });
        const client = await clusters.get(source.cluster);
        await this.effect(`write trial Secret on ${source.cluster}`, () =>
          client.apply(
            gitAuthSecretManifest(
              project,
              projectNamespace(project.slug),
              credential,
              trialSecretName(project.slug, rotation),
            ),
            { signal, force: true },
          ),
        );
      }),
    );
    const auth = this.trialAuth(situation, credential);
    await Promise.all(
      sources.map(source =>
        this.effect(`point source on ${source.cluster} at trial`, () =>
          this.switch.point(source, auth, request, { signal }),
        ),
      ),
    );
    await this.journal.enter(situation, 'verifying');
  }

  /** All sources have fetched with it; then it takes its place everywhere. */
  private async verify(situation: Situation): Promise<void> {
    const { rotation, project, sources, repository } = situation;
    const { gitAuths, credentialRotations, environments, resources } =
      this.services;
    const { signal } = this.lease;
    const credential = await this.open(rotation.newAuthId);
    if ((await this.current(situation))?.id !== rotation.newAuthId) {
      const auth = this.trialAuth(situation, credential);
      await Promise.all(
        sources.map(source =>
          this.switch.waitUntilFetched(source, auth, rotation.trialRequest!, {
            signal,
          }),
        ),
      );
      await this.journal.change(project.id, async trx => {
        await gitAuths.promoteNext(trx, project.id);
        await gitAuths.setUsed(trx, rotation.newAuthId, now());
        await credentialRotations.update(trx, rotation.id, {
          finalRequest: now(),
        });
      });
      await this.services.afterEffect?.('promote');
    }

    const { finalRequest } = (await credentialRotations.get(rotation.id))!;
    await this.effect('write Secrets', async () =>
      this.services.credentialSync.syncToClusters(
        {
          id: project.id,
          slug: project.slug,
          environments: await environments.listByProject(project.id),
          credential,
        },
        { signal },
      ),
    );
    const auth = sourceAuth(project, repository, credential);
    await Promise.all(
      sources.map(async source => {
        await this.effect(`point source on ${source.cluster} at its own`, () =>
          this.switch.point(source, auth, finalRequest!, { signal }),
        );
        await this.switch.waitUntilFetched(source, auth, finalRequest!, {
          signal,
        });
      }),
    );
    await this.removeTrialSecrets(situation);
    await this.journal.enter(situation, 'revoking', async trx => {
      for (const source of sources) {
        await resources.put(trx, {
          ...source,
          config: { ...source.config, url: auth.url },
        });
      }
      await gitAuths.setUsed(trx, rotation.newAuthId, now());
    });
  }

  /** The end of the old one, and of the rotation. */
  private async revokeOld(situation: Situation): Promise<void> {
    const { rotation, project, target } = situation;
    const { gitAuths, credentials, credentialRotations } = this.services;
    const old = await gitAuths.get(rotation.oldAuthId);
    const reason =
      old &&
      (await this.revoked(situation, () => credentials.revoke(old, target)));
    const left =
      reason &&
      `The new credential is in use, and the old one could not be revoked: ${reason}. Remove it at the Git host (${describeCredential(
        old,
      )})`;
    const current = await this.current(situation);
    await this.journal.change(project.id, async trx => {
      await gitAuths.delete(trx, rotation.oldAuthId);
      await credentialRotations.finish(trx, rotation.id, 'completed', left);
      await this.journal.log(trx, situation, 'rotate', 'succeeded');
      await this.services.events.append(trx, {
        ...this.journal.event(situation, 'credential-rotated'),
        severity: left ? 'warning' : 'info',
        message:
          left ??
          `Flux reads with a new ${credentialWord(
            current!.material.authType,
          )} credential`,
      });
    });
    this.services.logger.info(
      `Rotated the credential of project ${project.slug}`,
    );
  }

  /** Sources go back to the one in use, and what was made for nothing goes. */
  private async rollBack(situation: Situation): Promise<void> {
    const { rotation, project, repository, sources, target } = situation;
    const { gitAuths, credentials, credentialRotations } = this.services;
    const { signal } = this.lease;
    if (rotation.trialRequest) {
      const old = await gitAuths.get(rotation.oldAuthId);
      // Its secret is not opened: it may be the very thing that is broken.
      const auth = sourceAuth(
        project,
        repository,
        sourceCredentialOf(old!.material),
      );
      await Promise.all(
        sources.map(source =>
          this.effect(`point source on ${source.cluster} back`, () =>
            this.switch.point(source, auth, `${rotation.trialRequest}-back`, {
              signal,
            }),
          ),
        ),
      );
      await this.removeTrialSecrets(situation);
    }
    const left = await this.revoked(situation, async () => {
      const next = await gitAuths.get(rotation.newAuthId);
      if (next) {
        await credentials.revoke(next, target);
      } else if (!isGiven(rotation.wish.kind)) {
        await credentials.removeUnrecorded(rotation.newAuthId, target);
      }
    });
    const error = [
      rotation.error ?? 'It was given up',
      ...(left
        ? [
            `'${credentialTitle(
              project.slug,
              rotation.newAuthId,
            )}' may be left at the Git host, remove it there: ${left}`,
          ]
        : []),
    ].join('. ');
    await this.journal.change(project.id, async trx => {
      await gitAuths.delete(trx, rotation.newAuthId);
      await credentialRotations.finish(trx, rotation.id, 'failed', error);
      await this.journal.log(trx, situation, 'rotate', 'failed', error);
      await this.services.events.append(trx, {
        ...this.journal.event(situation, 'credential-rotation-failed'),
        severity: 'error',
        message: `The credential was not replaced, the old one is still in use: ${error}`,
      });
    });
    this.services.logger.warn(
      `The credential of project ${project.slug} was not replaced: ${error}`,
    );
  }

  /**
   * Ends something at the host.
   *
   * @returns why it could not be, where there is no use in waiting
   */
  private async revoked(
    situation: Situation,
    work: () => Promise<void>,
  ): Promise<string | undefined> {
    try {
      await this.journal.logged(situation, 'revoke', () =>
        this.effect('revoke', work),
      );
      return undefined;
    } catch (error) {
      this.lease.signal.throwIfAborted();
      const { name, message } = toError(error);
      if (
        name === 'ServiceUnavailableError' &&
        situation.rotation.failures < PASSES_TO_REVOKE
      ) {
        throw error;
      }
      return message;
    }
  }

  /** @returns whether to go on at once */
  private async failed(situation: Situation, error: Error): Promise<boolean> {
    const { rotation, project } = situation;
    const { credentialRotations } = this.services;
    const message = stripCredentials(error.message);
    const failures = rotation.failures + 1;
    const promoted = (await this.current(situation))?.id === rotation.newAuthId;
    const passing = error.name === 'ServiceUnavailableError';
    const mayGiveUp = !promoted && rotation.phase !== 'revoking';
    if (
      mayGiveUp &&
      // Nothing has been changed yet, and whoever asked is still there to ask again.
      (rotation.phase === 'creating' ||
        error instanceof SourceRefusedError ||
        !passing ||
        failures >= PASSES_BEFORE_GIVING_UP)
    ) {
      await this.journal.enter(situation, 'revoking', async () => {}, message);
      return true;
    }
    if (
      promoted &&
      rotation.phase === 'verifying' &&
      !passing &&
      failures >= PASSES_BEFORE_GIVING_UP
    ) {
      // It stays in its place, and people may replace it again.
      await this.journal.change(project.id, async trx => {
        const told = `The new credential is in place, and not all sources read with it: ${message}`;
        await credentialRotations.finish(trx, rotation.id, 'failed', told);
        await this.services.events.append(trx, {
          ...this.journal.event(situation, 'credential-rotation-failed'),
          severity: 'error',
          message: told,
        });
      });
      return false;
    }
    // What was refused once with the way back will not be taken the next time, but
    // people can help: it goes on, ever more seldom.
    const waitMs = Math.min(
      LONGEST_WAIT_MS,
      this.times.retryMs * 2 ** (failures - 1),
    );
    await this.journal.change(project.id, trx =>
      credentialRotations.postpone(trx, rotation.id, {
        error: message,
        failures,
        waitMs,
      }),
    );
    this.services.logger.debug(
      `The rotation of the credential of project ${project.slug} waits: ${message}`,
    );
    if (waitMs > this.times.ttlMs) {
      return false;
    }
    await delay(waitMs, undefined, { signal: this.lease.signal });
    return true;
  }

  private async removeTrialSecrets({
    rotation,
    project,
    sources,
  }: Situation): Promise<void> {
    await Promise.all(
      sources.map(async source => {
        const client = await this.services.clusters.get(source.cluster);
        await this.effect(`remove trial Secret on ${source.cluster}`, () =>
          client.delete(
            {
              apiVersion: 'v1',
              kind: 'Secret',
              name: trialSecretName(project.slug, rotation),
              namespace: projectNamespace(project.slug),
            },
            { signal: this.lease.signal },
          ),
        );
      }),
    );
  }

  private trialAuth(
    { project, repository, rotation }: Situation,
    credential: FluxCredential,
  ): SourceAuth {
    return {
      ...sourceAuth(project, repository, credential),
      secretRef: { name: trialSecretName(project.slug, rotation) },
    };
  }

  private async open(authId: string): Promise<FluxCredential> {
    const auth = await this.services.gitAuths.get(authId);
    if (!auth) {
      throw new Error(`There is no credential ${authId}`);
    }
    return this.services.credentials.open(auth);
  }

  private current({ project }: Situation): Promise<GitAuth | undefined> {
    return this.services.gitAuths.getByProject(project.id);
  }

  private async effect<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.lease.check();
    const result = await work();
    await this.services.afterEffect?.(name);
    return result;
  }
}

/** Those that are made need nothing but the name of their kind. */
function madeWish({ wish }: CredentialRotation): CredentialWish {
  if (isGiven(wish.kind)) {
    throw new ConflictError(
      'The credential that was given is no longer stored: give it again',
    );
  }
  return { kind: wish.kind };
}

/** Beside the Secret in use, for the time of one rotation. */
function trialSecretName(slug: string, { id }: { id: string }): string {
  return `${gitAuthSecretName(slug)}-${id.slice(0, 8)}`;
}

/** So that people find it at the host. */
function describeCredential({ material }: GitAuth): string {
  switch (material.authType) {
    case 'ssh':
      return `deploy key ${material.fingerprint}`;
    case 'token':
      return `token ${material.providerTokenId}`;
    default:
      return credentialWord(material.authType);
  }
}

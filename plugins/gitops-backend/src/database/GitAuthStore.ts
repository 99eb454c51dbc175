import { randomUUID } from 'node:crypto';
import type {
  GitAuthSlot,
  GitAuthType,
  ValidationStatus,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';
import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { Notice } from '../words/notice';
import type { EntityOf } from './Table';
import {
  gitopsResources,
  projectGitAuth as table,
  projectGitAuthApp,
  projectGitAuthOauth,
  projectGitAuthSsh,
  projectGitAuthToken,
  projects,
} from './tables';
import { now } from './time';

type Child<T> = Omit<EntityOf<T>, 'authId' | 'createdAt' | 'updatedAt'>;

/** The part of a git auth that its kind decides. Secrets are vault envelopes. */
export type GitAuthMaterial =
  | (Child<typeof projectGitAuthOauth> & { authType: 'oauth' })
  | (Child<typeof projectGitAuthToken> & { authType: 'token' })
  | (Child<typeof projectGitAuthApp> & { authType: 'app' })
  | (Child<typeof projectGitAuthSsh> & { authType: 'ssh' });

/** What Flux reads a project's repository with. */
export interface GitAuth {
  id: string;
  projectId: string;
  slot: GitAuthSlot;
  createdBy: string;
  validationStatus: ValidationStatus;
  validationMessage?: string;
  validationWording?: Wording;
  lastValidatedAt?: string;
  lastUsedAt?: string;
  expiresAt?: string;
  expiryWarningDays?: number;
  createdAt: string;
  updatedAt: string;
  material: GitAuthMaterial;
}

/** A git auth to store. */
export interface NewGitAuth {
  /** Given by the caller, because the envelopes in the material are sealed for the row. */
  id: string;
  projectId: string;
  createdBy: string;
  material: GitAuthMaterial;
  /** What the last check said; not checked yet if absent. */
  validation?: Validation;
  expiresAt?: string;
}

/** What a check at the host said: why it is not valid, or how it could be less powerful. */
export interface Validation extends Partial<Notice> {
  status: ValidationStatus;
}

/** The git auths of each project. */
export interface GitAuthStore {
  /** Makes this the project's git auth, in place of what it had. */
  replace(trx: Knex, auth: NewGitAuth): Promise<GitAuth>;
  /** Stores one beside the one in use; finding it there already is success. */
  addNext(trx: Knex, auth: NewGitAuth): Promise<GitAuth>;
  /** The next one takes the place of the one in use, which is kept to be revoked. */
  promoteNext(trx: Knex, projectId: string): Promise<void>;
  /** The one in use. */
  getByProject(projectId: string, trx?: Knex): Promise<GitAuth | undefined>;
  get(id: string, trx?: Knex): Promise<GitAuth | undefined>;
  /** All, also those on their way in or out. */
  listByProject(projectId: string, trx?: Knex): Promise<GitAuth[]>;
  delete(trx: Knex, id: string): Promise<void>;
  setValidation(trx: Knex, id: string, found: Validation): Promise<void>;
  /** Notes that a source has fetched with it; an earlier time changes nothing. */
  setUsed(trx: Knex, id: string, at: string): Promise<void>;
  /** @returns false when this threshold, or a lower one, was warned about before */
  setExpiryWarning(trx: Knex, id: string, days: number): Promise<boolean>;
  /** Ids of projects whose git auth in use is a connection. */
  listProjectsOfConnection(connectionId: string): Promise<string[]>;
  /** Ids of projects with a source whose credential is missing or refused. */
  listProjectsRefused(): Promise<string[]>;
  /**
   * Those in use of active projects that were not checked since a time, longest
   * ago first.
   */
  findUnvalidated(options: {
    before: string;
    limit: number;
  }): Promise<GitAuth[]>;
  /** Those in use of active projects that end before a time. */
  findExpiring(options: { before: string }): Promise<GitAuth[]>;
  /** An id to seal envelopes for, before the row exists. */
  newId(): string;
}

export class DatabaseGitAuthStore implements GitAuthStore {
  static create(options: { knex: Knex }): DatabaseGitAuthStore {
    return new DatabaseGitAuthStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  newId(): string {
    return randomUUID();
  }

  async replace(trx: Knex, auth: NewGitAuth): Promise<GitAuth> {
    await trx(table.name)
      .where({ project_id: auth.projectId, slot: 'current' })
      .delete();
    return this.insert(trx, auth, 'current');
  }

  async addNext(trx: Knex, auth: NewGitAuth): Promise<GitAuth> {
    return (
      (await this.get(auth.id, trx)) ?? (await this.insert(trx, auth, 'next'))
    );
  }

  async promoteNext(trx: Knex, projectId: string) {
    const move = async (from: GitAuthSlot, to: GitAuthSlot) =>
      trx(table.name)
        .where({ project_id: projectId, slot: from })
        .update(table.update({ slot: to }));
    await move('current', 'retired');
    await move('next', 'current');
  }

  async getByProject(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({ project_id: projectId, slot: 'current' })
      .first();
    return row && this.complete(trx, row);
  }

  async get(id: string, trx: Knex = this.knex): Promise<GitAuth | undefined> {
    const row = await trx(table.name).where({ id }).first();
    return row && this.complete(trx, row);
  }

  async listByProject(projectId: string, trx: Knex = this.knex) {
    return this.completeAll(
      trx,
      await trx(table.name).where({ project_id: projectId }).orderBy('slot'),
    );
  }

  async delete(trx: Knex, id: string) {
    await trx(table.name).where({ id }).delete();
  }

  async setValidation(trx: Knex, id: string, found: Validation) {
    await trx(table.name)
      .where({ id })
      .update(table.update(validationColumns(found)));
  }

  async setUsed(trx: Knex, id: string, at: string) {
    const changes = table.update({ lastUsedAt: at });
    await trx(table.name)
      .where({ id })
      .where(older =>
        older
          .whereNull('last_used_at')
          .orWhere('last_used_at', '<', changes.last_used_at as string),
      )
      .update(changes);
  }

  async setExpiryWarning(trx: Knex, id: string, days: number) {
    const changed = await trx(table.name)
      .where({ id })
      .where(higher =>
        higher
          .whereNull('expiry_warning_days')
          .orWhere('expiry_warning_days', '>', days),
      )
      .update(table.update({ expiryWarningDays: days }));
    return changed > 0;
  }

  async listProjectsOfConnection(connectionId: string) {
    const rows = await this.knex(table.name)
      .join(
        projectGitAuthOauth.name,
        projectGitAuthOauth.qualified('authId'),
        table.qualified('id'),
      )
      .where({
        [projectGitAuthOauth.qualified('oauthAccountId')]: connectionId,
        [table.qualified('slot')]: 'current',
      })
      .select({ projectId: table.qualified('projectId') });
    return rows.map(({ projectId }) => projectId);
  }

  async listProjectsRefused() {
    const rows = await this.knex(gitopsResources.name)
      .where({ type: 'git-repository', status: 'failed' })
      .where(refused =>
        refused
          .where('status_reason', 'AuthenticationFailed')
          // Over SSH source-controller tells it in the message alone.
          .orWhereLike('status_message', '%unable to authenticate%')
          .orWhereLike('status_message', '%knownhosts%'),
      )
      .distinct('project_id');
    return rows.map(({ project_id: id }) => id);
  }

  async findUnvalidated(options: { before: string; limit: number }) {
    const rows = await this.currentOfActive()
      .where(due =>
        due
          .whereNull(table.qualified('lastValidatedAt'))
          .orWhere(table.qualified('lastValidatedAt'), '<', options.before),
      )
      // Never checked sorts first on one database and last on the other.
      .orderByRaw(
        `${table.qualified('lastValidatedAt')} is not null, ${table.qualified(
          'lastValidatedAt',
        )}`,
      )
      .limit(options.limit);
    return this.completeAll(this.knex, rows);
  }

  async findExpiring(options: { before: string }) {
    const rows = await this.currentOfActive()
      .where(table.qualified('expiresAt'), '<', options.before)
      .orderBy(table.qualified('expiresAt'));
    return this.completeAll(this.knex, rows);
  }

  private currentOfActive() {
    return this.knex(table.name)
      .join(
        projects.name,
        projects.qualified('id'),
        table.qualified('projectId'),
      )
      .where({
        [table.qualified('slot')]: 'current',
        [projects.qualified('status')]: 'active',
      })
      .select(`${table.name}.*`);
  }

  private async insert(
    trx: Knex,
    auth: NewGitAuth,
    slot: GitAuthSlot,
  ): Promise<GitAuth> {
    const { id, projectId, createdBy, material, validation, expiresAt } = auth;
    await trx(table.name).insert(
      table.insertion({
        id,
        projectId,
        createdBy,
        slot,
        authType: material.authType,
        ...(validation
          ? validationColumns(validation)
          : { validationStatus: 'unknown' }),
        expiresAt,
      }),
    );
    await insertMaterial(trx, id, material);
    const stored = await trx(table.name).where({ id }).first();
    return this.complete(trx, stored);
  }

  private async completeAll(
    trx: Knex,
    rows: Record<string, unknown>[],
  ): Promise<GitAuth[]> {
    const auths: GitAuth[] = [];
    for (const row of rows) {
      auths.push(await this.complete(trx, row));
    }
    return auths;
  }

  private async complete(
    trx: Knex,
    row: Record<string, unknown>,
  ): Promise<GitAuth> {
    const { authType, ...auth } = table.fromRow(row);
    return { ...auth, material: await readMaterial(trx, auth, authType) };
  }
}

/** What a row holds of a check that was made now. */
export function validationColumns({ status, message, wording }: Validation) {
  return {
    validationStatus: status,
    validationMessage: message,
    validationWording: wording,
    lastValidatedAt: now(),
  };
}

async function insertMaterial(
  trx: Knex,
  authId: string,
  material: GitAuthMaterial,
): Promise<void> {
  switch (material.authType) {
    case 'oauth':
      await trx(projectGitAuthOauth.name).insert(
        projectGitAuthOauth.insertion({ authId, ...material }),
      );
      break;
    case 'token':
      await trx(projectGitAuthToken.name).insert(
        projectGitAuthToken.insertion({ authId, ...material }),
      );
      break;
    case 'app':
      await trx(projectGitAuthApp.name).insert(
        projectGitAuthApp.insertion({ authId, ...material }),
      );
      break;
    default:
      await trx(projectGitAuthSsh.name).insert(
        projectGitAuthSsh.insertion({ authId, ...material }),
      );
  }
}

async function readMaterial(
  trx: Knex,
  auth: { id: string; projectId: string },
  authType: GitAuthType,
): Promise<GitAuthMaterial> {
  const child = async (name: string): Promise<Record<string, unknown>> => {
    const row = await trx(name).where({ auth_id: auth.id }).first();
    if (!row) {
      throw new ConflictError(
        `The credential of project ${auth.projectId} is incomplete: enter it anew`,
      );
    }
    return row;
  };
  switch (authType) {
    case 'oauth': {
      const row = await child(projectGitAuthOauth.name);
      return { ...withoutKeys(projectGitAuthOauth.fromRow(row)), authType };
    }
    case 'token': {
      const row = await child(projectGitAuthToken.name);
      return { ...withoutKeys(projectGitAuthToken.fromRow(row)), authType };
    }
    case 'app': {
      const row = await child(projectGitAuthApp.name);
      return { ...withoutKeys(projectGitAuthApp.fromRow(row)), authType };
    }
    default: {
      const row = await child(projectGitAuthSsh.name);
      return { ...withoutKeys(projectGitAuthSsh.fromRow(row)), authType };
    }
  }
}

function withoutKeys<
  T extends { authId: string; createdAt: string; updatedAt: string },
>(child: T): Omit<T, 'authId' | 'createdAt' | 'updatedAt'> {
  const { authId, createdAt, updatedAt, ...material } = child;
  return material;
}

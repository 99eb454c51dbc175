import { randomUUID } from 'node:crypto';
import type {
  GitAuthType,
  ValidationStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { EntityOf } from './Table';
import {
  projectGitAuth as table,
  projectGitAuthApp,
  projectGitAuthOauth,
  projectGitAuthSsh,
  projectGitAuthToken,
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
  createdBy: string;
  validationStatus: ValidationStatus;
  lastValidatedAt?: string;
  createdAt: string;
  updatedAt: string;
  material: GitAuthMaterial;
}

/** The git auth of each project. */
export interface GitAuthStore {
  /**
   * Makes this the project's git auth, in place of what it had.
   *
   * @param auth - `id` is given by the caller, because the envelopes in the
   * material are sealed for the row.
   */
  replace(
    trx: Knex,
    auth: {
      id: string;
      projectId: string;
      createdBy: string;
      material: GitAuthMaterial;
    },
  ): Promise<GitAuth>;
  getByProject(projectId: string, trx?: Knex): Promise<GitAuth | undefined>;
  setValidation(trx: Knex, id: string, status: ValidationStatus): Promise<void>;
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

  async replace(
    trx: Knex,
    auth: {
      id: string;
      projectId: string;
      createdBy: string;
      material: GitAuthMaterial;
    },
  ): Promise<GitAuth> {
    const { id, projectId, createdBy, material } = auth;
    await trx(table.name).where({ project_id: projectId }).delete();
    await trx(table.name).insert(
      table.insertion({
        id,
        projectId,
        createdBy,
        authType: material.authType,
        validationStatus: 'unknown',
      }),
    );
    await insertMaterial(trx, id, material);
    const stored = await trx(table.name).where({ id }).first();
    return this.complete(trx, stored);
  }

  async getByProject(
    projectId: string,
    trx: Knex = this.knex,
  ): Promise<GitAuth | undefined> {
    const row = await trx(table.name).where({ project_id: projectId }).first();
    return row && this.complete(trx, row);
  }

  async setValidation(trx: Knex, id: string, status: ValidationStatus) {
    await trx(table.name)
      .where({ id })
      .update(
        table.update({ validationStatus: status, lastValidatedAt: now() }),
      );
  }

  private async complete(
    trx: Knex,
    row: Record<string, unknown>,
  ): Promise<GitAuth> {
    const { authType, ...auth } = table.fromRow(row);
    return { ...auth, material: await readMaterial(trx, auth, authType) };
  }
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

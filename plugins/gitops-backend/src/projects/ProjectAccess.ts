import type {
  BackstageCredentials,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError, NotFoundError } from '@backstage/errors';
import {
  AuthorizeResult,
  type BasicPermission,
  type PermissionCriteria,
} from '@backstage/plugin-permission-common';
import {
  createConditionAuthorizer,
  createConditionTransformer,
  isAndCriteria,
  isNotCriteria,
  isOrCriteria,
} from '@backstage/plugin-permission-node';
import { gitopsProjectReadPermission } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { projects as table } from '../database/tables';
import {
  gitopsProjectResourceRef,
  type ProjectPermissionFilter,
  type ProjectPermissionResource,
} from './permissionRules';
import {
  RememberedDecisions,
  type ProjectDecisions,
} from './RememberedDecisions';

/** What a caller may do with one project. */
export interface ProjectRights {
  read: boolean;
  update: boolean;
  delete: boolean;
}

/** The one place where rights are asked for, whatever door a caller came by. */
export class ProjectAccess {
  static create(options: {
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
  }): ProjectAccess {
    return new ProjectAccess(options.permissions, options.permissionsRegistry);
  }

  private readonly decisions: RememberedDecisions;

  private constructor(
    private readonly permissions: PermissionsService,
    private readonly registry: PermissionsRegistryService,
  ) {
    this.decisions = new RememberedDecisions(permissions);
  }

  /** @throws NotAllowedError unless the caller has the permission. */
  async require(
    permission: BasicPermission,
    credentials: BackstageCredentials,
  ): Promise<void> {
    const [decision] = await this.permissions.authorize([{ permission }], {
      credentials,
    });
    if (decision.result !== AuthorizeResult.ALLOW) {
      throw new NotAllowedError(
        `You need the permission '${permission.name}' for this: ask the owners of the portal for it`,
      );
    }
  }

  /** Whether the caller has the permission, where both answers are good ones. */
  async may(
    permission: BasicPermission,
    credentials: BackstageCredentials,
  ): Promise<boolean> {
    const [{ result }] = await this.permissions.authorize([{ permission }], {
      credentials,
    });
    return result === AuthorizeResult.ALLOW;
  }

  /** Decides on a project that is already loaded. */
  async rightsOn(
    project: ProjectPermissionResource,
    credentials: BackstageCredentials,
  ): Promise<ProjectRights> {
    return this.decide(await this.decisions.ask(credentials), project);
  }

  /**
   * Reads a project and decides on it, both at once. Hidden and absent look the
   * same, also in the time it takes. A decision to show something may be some
   * seconds old, one to change something is fresh.
   *
   * @param name - What the caller asked for, in words.
   * @throws NotFoundError when there is no project, or the caller may not see it;
   * NotAllowedError when they may see it but not do this.
   */
  async admit<T extends { project: ProjectPermissionResource }>(
    reading: Promise<T | undefined>,
    right: keyof ProjectRights,
    credentials: BackstageCredentials,
    name: string,
  ): Promise<T & { rights: ProjectRights }> {
    const [found, decisions] = await Promise.all([
      reading,
      right === 'read'
        ? this.decisions.recall(credentials)
        : this.decisions.ask(credentials),
    ]);
    const rights = found && this.decide(decisions, found.project);
    if (!found || !rights?.read) {
      throw new NotFoundError(
        `There is no ${name} under GitOps that you may see`,
      );
    }
    const { slug, ownerRef } = found.project;
    if (!rights[right]) {
      throw new NotAllowedError(
        `You may see project '${slug}' but not ${right} it: ask its owner ${ownerRef}`,
      );
    }
    return { ...found, rights };
  }

  /**
   * Narrows a list to what the caller may see.
   *
   * @returns what to add to the query, or undefined when nothing may be seen
   */
  async listRestriction(
    credentials: BackstageCredentials,
  ): Promise<((query: Knex.QueryBuilder) => void) | undefined> {
    const [decision] = await this.permissions.authorizeConditional(
      [{ permission: gitopsProjectReadPermission }],
      { credentials },
    );
    if (decision.result !== AuthorizeResult.CONDITIONAL) {
      return decision.result === AuthorizeResult.ALLOW ? () => {} : undefined;
    }
    const toFilter = createConditionTransformer(
      this.registry.getPermissionRuleset(gitopsProjectResourceRef),
    );
    const criteria = toFilter(decision.conditions);
    return query => {
      query.where(part => applyCriteria(part, criteria));
    };
  }

  /** Applies the policy's answers, conditions included, to one project. */
  private decide(
    decisions: ProjectDecisions,
    project: ProjectPermissionResource,
  ): ProjectRights {
    const authorize = createConditionAuthorizer(
      this.registry.getPermissionRuleset(gitopsProjectResourceRef),
    );
    const [read, update, remove] = decisions.map(decision =>
      authorize(decision, project),
    );
    return { read, update: read && update, delete: read && remove };
  }
}

function applyCriteria(
  query: Knex.QueryBuilder,
  criteria: PermissionCriteria<ProjectPermissionFilter>,
): void {
  if (isAndCriteria(criteria)) {
    for (const item of criteria.allOf) {
      query.andWhere(part => applyCriteria(part, item));
    }
  } else if (isOrCriteria(criteria)) {
    for (const item of criteria.anyOf) {
      query.orWhere(part => applyCriteria(part, item));
    }
  } else if (isNotCriteria(criteria)) {
    query.whereNot(part => applyCriteria(part, criteria.not));
  } else {
    query.whereIn(table.qualified(criteria.key), criteria.values);
  }
}

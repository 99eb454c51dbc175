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
import {
  gitopsProjectDeletePermission,
  gitopsProjectReadPermission,
  gitopsProjectUpdatePermission,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { type Project, projects as table } from '../database/tables';
import {
  gitopsProjectResourceRef,
  type ProjectPermissionFilter,
} from './permissionRules';

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

  private constructor(
    private readonly permissions: PermissionsService,
    private readonly registry: PermissionsRegistryService,
  ) {}

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

  /**
   * Decides on a project that is already loaded. One question to the policy, and
   * conditions are applied here, so that a page view costs no second round trip.
   */
  async rightsOn(
    project: Project,
    credentials: BackstageCredentials,
  ): Promise<ProjectRights> {
    const decisions = await this.permissions.authorizeConditional(
      [
        { permission: gitopsProjectReadPermission },
        { permission: gitopsProjectUpdatePermission },
        { permission: gitopsProjectDeletePermission },
      ],
      { credentials },
    );
    const authorize = createConditionAuthorizer(
      this.registry.getPermissionRuleset(gitopsProjectResourceRef),
    );
    const [read, update, remove] = decisions.map(decision =>
      authorize(decision, project),
    );
    return { read, update: read && update, delete: read && remove };
  }

  /**
   * Hidden and absent look the same.
   *
   * @throws NotFoundError when there is no project, or the caller may not see it;
   * NotAllowedError when they may see it but not do this.
   */
  async check(
    project: Project | undefined,
    right: keyof ProjectRights,
    credentials: BackstageCredentials,
    /** What the caller asked for, in words. */
    name: string,
  ): Promise<{ project: Project; rights: ProjectRights }> {
    const rights = project && (await this.rightsOn(project, credentials));
    if (!project || !rights?.read) {
      throw new NotFoundError(
        `There is no ${name} under GitOps that you may see`,
      );
    }
    if (!rights[right]) {
      throw new NotAllowedError(
        `You may see project '${project.slug}' but not ${right} it: ask its owner ${project.ownerRef}`,
      );
    }
    return { project, rights };
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

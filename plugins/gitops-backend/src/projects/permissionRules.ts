import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { GITOPS_PROJECT_RESOURCE_TYPE } from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v4';
import type { Project } from '../database/tables';

/** What a condition about projects comes down to in a query. @public */
export interface ProjectPermissionFilter {
  key: 'ownerRef';
  values: string[];
}

/** The part of a project that rules may look at. @public */
export type ProjectPermissionResource = Pick<Project, 'slug' | 'ownerRef'>;

/** Projects, for rules and policies. @public */
export const gitopsProjectResourceRef = createPermissionResourceRef<
  ProjectPermissionResource,
  ProjectPermissionFilter
>().with({
  pluginId: 'gitops',
  resourceType: GITOPS_PROJECT_RESOURCE_TYPE,
});

const isOwner = createPermissionRule({
  name: 'IS_OWNER',
  description: 'Allow projects that belong to one of the given users or groups',
  resourceRef: gitopsProjectResourceRef,
  paramsSchema: z.object({
    claims: z
      .array(z.string())
      .describe(
        'Full entity references, usually those the user claims ownership through',
      ),
  }),
  apply: (project, { claims }) => claims.includes(project.ownerRef),
  toQuery: ({ claims }) => ({ key: 'ownerRef', values: claims }),
});

/** Rules that conditional decisions about projects can be made of. @public */
export const gitopsProjectPermissionRules = { isOwner };

const exports = createConditionExports({
  resourceRef: gitopsProjectResourceRef,
  rules: gitopsProjectPermissionRules,
});

/** Conditions for a permission policy. @public */
export const gitopsProjectConditions = exports.conditions;
/** Makes a conditional decision in a permission policy. @public */
export const createGitopsProjectConditionalDecision =
  exports.createConditionalDecision;

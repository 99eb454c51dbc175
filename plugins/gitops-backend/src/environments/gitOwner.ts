import type { ClusterObject } from '../clusters/ClusterObject';
import { MANAGER } from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';

const managedFieldsSchema = z
  .array(
    z.object({
      manager: z.string(),
      operation: z.string(),
      subresource: z.string().optional(),
      fieldsV1: z.record(z.unknown()).optional(),
    }),
  )
  .catch([]);

/**
 * Controllers that bring manifests from Git into clusters without server-side
 * apply, so that their entries say `Update` like those of people.
 */
const GITOPS_MANAGERS =
  /^(kustomize-controller|helm-controller|helm|argocd-.*|fleetagent|kapp-controller|config-management-operator)$/;

/**
 * Who would take a change of this field back: a manager that declares it from
 * elsewhere, by server-side apply or as a controller known to do so. People who
 * once edited the field with `kubectl` or `flux` do not count, they will not
 * come again.
 *
 * @param path - Names of the fields from the root, for example `spec`, `suspend`.
 * @returns name of the manager, or undefined where the field may be changed
 */
export function gitOwner(
  object: ClusterObject,
  path: readonly string[],
): string | undefined {
  return owners(object, path).find(
    ({ manager, operation }) =>
      manager !== MANAGER &&
      (operation === 'Apply' || GITOPS_MANAGERS.test(manager)),
  )?.manager;
}

/** Whether the portal itself was the last to set this field. */
export function isOurs(object: ClusterObject, path: readonly string[]) {
  return owners(object, path).some(({ manager }) => manager === MANAGER);
}

function owners(object: ClusterObject, path: readonly string[]) {
  const { managedFields } = object.metadata as { managedFields?: unknown };
  return managedFieldsSchema
    .parse(managedFields ?? [])
    .filter(({ subresource, fieldsV1 }) => {
      let node: unknown = fieldsV1;
      for (const name of path) {
        node = (node as Record<string, unknown> | undefined)?.[`f:${name}`];
      }
      return !subresource && node !== undefined;
    });
}

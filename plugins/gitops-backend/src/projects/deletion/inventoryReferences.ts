import type { FluxObject } from '@backstage-gitops/plugin-gitops-common';

/**
 * Names of what a Kustomization has applied. An id of the inventory is
 * `<namespace>_<name>_<group>_<kind>`; only the name may contain more underscores,
 * where two stand for a colon (cli-utils `pkg/object/objmetadata.go`).
 *
 * @internal
 */
export function inventoryReferences(
  kustomization: FluxObject,
): { kind: string; name: string; namespace?: string }[] {
  const entries = kustomization.status?.inventory?.entries ?? [];
  return entries.flatMap(({ id }) => {
    const match = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id);
    if (!match) {
      return [];
    }
    const [, namespace, name, , kind] = match;
    return [
      {
        kind,
        name: name.replaceAll('__', ':'),
        ...(namespace && { namespace }),
      },
    ];
  });
}

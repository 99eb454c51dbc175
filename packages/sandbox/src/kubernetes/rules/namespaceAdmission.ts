import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { kinds } from '../kinds';
import { forbidden, notFound } from '../statusErrors';

/** New objects need a namespace that exists and is not going away. */
export function requireUsableNamespace(
  kind: ResourceKind,
  object: KubeObject,
  namespace: KubeObject | undefined,
): void {
  const name = object.metadata.namespace!;
  if (!namespace) {
    throw notFound(kinds.Namespace, name);
  }
  if (namespace.metadata.deletionTimestamp) {
    throw forbidden(
      kind,
      object.metadata.name,
      `unable to create new content in namespace ${name} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${name} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }
}

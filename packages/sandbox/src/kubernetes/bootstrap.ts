import { ObjectStore, KubeObject } from './ObjectStore';
import { builtInRoles } from './access/builtInRoles';
import { fluxDefinitions } from './custom/fluxDefinitions';

const systemNamespaces = [
  'default',
  'kube-node-lease',
  'kube-public',
  'kube-system',
];

/** Puts in place what every cluster starts with; what is there already stays as it is. */
export function bootstrap(store: ObjectStore): void {
  const namespaces = systemNamespaces.map(
    (name): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }),
  );
  for (const object of [
    ...namespaces,
    ...builtInRoles(),
    ...fluxDefinitions(),
  ]) {
    const kind = store.resolve(object.apiVersion, object.kind);
    if (kind && !store.get(kind, undefined, object.metadata.name)) {
      store.create(object, { fieldManager: 'kube-apiserver' });
    }
  }
}

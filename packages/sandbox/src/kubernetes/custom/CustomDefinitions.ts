import { DefaultObjectStore } from '../DefaultObjectStore';
import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { arrayAt, isJsonObject, objectAt } from '../json';
import { kinds } from '../kinds';
import { schemaOfVersion } from './CustomSchema';

const cleanup = 'customresourcecleanup.apiextensions.k8s.io';
const manager = 'kube-apiserver';

function texts(list: unknown[]): string[] {
  return list.filter((entry): entry is string => typeof entry === 'string');
}

/** The kinds a definition serves, one for each served version. */
function servedKinds(definition: KubeObject) {
  const spec = objectAt(definition, 'spec') ?? {};
  const names = objectAt(spec, 'names') ?? {};
  return arrayAt(spec, 'versions')
    .filter(isJsonObject)
    .filter(version => version.served === true)
    .map(version => {
      const kind: ResourceKind = {
        group: String(spec.group),
        version: String(version.name),
        kind: String(names.kind),
        plural: String(names.plural),
        singular: String(names.singular ?? ''),
        namespaced: spec.scope === 'Namespaced',
        shortNames: texts(arrayAt(names, 'shortNames')),
        categories: texts(arrayAt(names, 'categories')),
        statusSubresource:
          objectAt(version, 'subresources')?.status !== undefined,
        hasGeneration: true,
        custom: true,
      };
      return { kind, schema: schemaOfVersion(version) };
    });
}

/** Serves what CustomResourceDefinitions define, says so in their status, and clears up when one is deleted. */
export class CustomDefinitions {
  private readonly stops: Array<() => void> = [];

  constructor(private readonly store: DefaultObjectStore) {}

  /** Present definitions are served at once, later ones as soon as they are stored. */
  start(): void {
    for (const definition of this.store.list(kinds.CustomResourceDefinition)) {
      this.install(definition);
    }
    this.stops.push(
      this.store.watch(
        kinds.CustomResourceDefinition,
        ({ type, object: definition }) => {
          if (type === 'DELETED') {
            this.store.registry.uninstall(namesOf(definition));
          } else if (definition.metadata.deletionTimestamp) {
            this.removeInstances(definition);
          } else {
            this.install(definition);
            this.establish(definition.metadata.name);
          }
        },
      ),
    );
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) {
      stop();
    }
  }

  private install(definition: KubeObject): void {
    this.store.registry.install(namesOf(definition), servedKinds(definition));
  }

  private establish(name: string): void {
    const kind = kinds.CustomResourceDefinition;
    const current = this.store.get(kind, undefined, name);
    if (!current || current.metadata.deletionTimestamp) {
      return;
    }
    if (!current.metadata.finalizers?.includes(cleanup)) {
      this.store.mergePatch(
        kind,
        undefined,
        name,
        {
          metadata: {
            finalizers: [...(current.metadata.finalizers ?? []), cleanup],
          },
        },
        { fieldManager: manager },
      );
    }
    this.store.updateStatus(
      kind,
      undefined,
      name,
      definition => {
        const known = arrayAt(definition, 'status', 'conditions');
        const condition = (type: string, reason: string, message: string) =>
          known.find(entry => isJsonObject(entry) && entry.type === type) ?? {
            type,
            status: 'True',
            lastTransitionTime: definition.metadata.creationTimestamp,
            reason,
            message,
          };
        definition.status = {
          conditions: [
            condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
            condition(
              'Established',
              'InitialNamesAccepted',
              'the initial names have been accepted',
            ),
          ],
          acceptedNames: objectAt(definition, 'spec', 'names'),
          storedVersions: arrayAt(definition, 'spec', 'versions')
            .filter(isJsonObject)
            .filter(version => version.storage === true)
            .map(version => version.name),
        };
      },
      { fieldManager: manager },
    );
  }

  /** Objects of a deleted definition go first; those with finalizers hold it back. */
  private removeInstances(definition: KubeObject): void {
    const [served] = servedKinds(definition);
    const instances = served ? this.store.list(served.kind) : [];
    for (const { metadata } of instances) {
      this.store.delete(served.kind, metadata.namespace, metadata.name);
    }
    if (served && this.store.list(served.kind).length > 0) {
      const stop = this.store.watch(served.kind, ({ type }) => {
        if (type === 'DELETED' && this.store.list(served.kind).length === 0) {
          stop();
          this.release(definition.metadata.name);
        }
      });
      this.stops.push(stop);
    } else {
      this.release(definition.metadata.name);
    }
  }

  private release(name: string): void {
    const kind = kinds.CustomResourceDefinition;
    const current = this.store.get(kind, undefined, name);
    if (current?.metadata.finalizers?.includes(cleanup)) {
      this.store.mergePatch(
        kind,
        undefined,
        name,
        {
          metadata: {
            finalizers: current.metadata.finalizers.filter(
              finalizer => finalizer !== cleanup,
            ),
          },
        },
        { fieldManager: manager },
      );
    }
  }
}

function namesOf(definition: KubeObject): { group: string; plural: string } {
  const spec = objectAt(definition, 'spec');
  return {
    group: String(spec?.group),
    plural: String(objectAt(spec, 'names')?.plural),
  };
}

import { ResourceKind, qualifiedResource } from './ResourceKind';
import { MergeSchema } from './apply/MergeSchema';
import { builtInMergeSchema } from './apply/builtInMergeSchemas';
import { CustomSchema, mergeSchemaOfCustom } from './custom/CustomSchema';
import { kinds } from './kinds';

interface Served {
  kind: ResourceKind;
  schema?: CustomSchema;
  mergeSchema: MergeSchema;
}

/** Kinds that are served now: built in, and those whose CustomResourceDefinition is installed. */
export class KindRegistry {
  private readonly served = new Map<string, Served>();

  constructor() {
    for (const kind of Object.values(kinds)) {
      if (!kind.custom) {
        this.served.set(pathKey(kind.group, kind.version, kind.plural), {
          kind,
          mergeSchema: builtInMergeSchema(kind),
        });
      }
    }
  }

  /** Every served kind, one entry for each version. */
  all(): ResourceKind[] {
    return [...this.served.values()].map(entry => entry.kind);
  }

  byPath(
    group: string,
    version: string,
    plural: string,
  ): ResourceKind | undefined {
    return this.served.get(pathKey(group, version, plural))?.kind;
  }

  byKind(apiVersion: string, kindName: string): ResourceKind | undefined {
    const [version, group = ''] = apiVersion.split('/').reverse();
    return this.all().find(
      kind =>
        kind.kind === kindName &&
        kind.group === group &&
        kind.version === version,
    );
  }

  /** Whether the group is the API server's own; unknown versions and resources in it are answered in its terms. */
  hasBuiltInGroup(group: string): boolean {
    return this.all().some(kind => !kind.custom && kind.group === group);
  }

  /** Schema of a custom kind; built-in kinds have none. */
  schemaOf(kind: ResourceKind): CustomSchema | undefined {
    return this.lookup(kind)?.schema;
  }

  /** How objects of the kind are merged by server-side apply. */
  mergeSchemaOf(kind: ResourceKind): MergeSchema {
    return this.lookup(kind)?.mergeSchema ?? builtInMergeSchema(kind);
  }

  /** Serves custom kinds of one definition, in place of what it served before. */
  install(
    definition: { group: string; plural: string },
    versions: Array<{ kind: ResourceKind; schema?: CustomSchema }>,
  ): void {
    this.uninstall(definition);
    for (const { kind, schema } of versions) {
      this.served.set(pathKey(kind.group, kind.version, kind.plural), {
        kind,
        schema,
        mergeSchema: mergeSchemaOfCustom(schema),
      });
    }
  }

  uninstall(definition: { group: string; plural: string }): void {
    for (const [key, { kind }] of this.served) {
      if (
        kind.custom &&
        qualifiedResource(kind) === qualifiedResource(definition)
      ) {
        this.served.delete(key);
      }
    }
  }

  private lookup(kind: ResourceKind): Served | undefined {
    return this.served.get(pathKey(kind.group, kind.version, kind.plural));
  }
}

function pathKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}

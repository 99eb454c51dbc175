import { KubeObject } from '../ObjectStore';
import { ResourceKind, apiVersionOf } from '../ResourceKind';
import { JsonObject, isJsonObject, objectAt } from '../json';
import { badRequest } from '../statusErrors';

const base64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function cannotHandle(kind: ResourceKind, cause: string) {
  return badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${cause}`,
  );
}

/** The body says it is something else than its path. */
function wrongType(kind: ResourceKind, body: JsonObject, cause: string) {
  const version = String(body.apiVersion ?? apiVersionOf(kind));
  return badRequest(
    `${String(body.kind ?? kind.kind)} in version "${version
      .split('/')
      .pop()}" cannot be handled as a ${kind.kind}: ${cause}`,
  );
}

function requireStringMap(
  kind: ResourceKind,
  map: unknown,
  field: string,
): void {
  for (const value of Object.values(isJsonObject(map) ? map : {})) {
    if (typeof value !== 'string') {
      throw cannotHandle(
        kind,
        `json: cannot unmarshal ${goTypeName(
          value,
        )} into Go struct field ${field} of type string`,
      );
    }
  }
}

/**
 * Checks that a decoded body is an object of the kind the path speaks of, and that the fields which everything here relies on
 * have their types. Throws a 400 like the API server's decoder.
 */
export function decodeObject(kind: ResourceKind, body: unknown): KubeObject {
  if (!isJsonObject(body)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${
        kind.kind
      }): couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeName(
        body,
      )} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const apiVersion = String(body.apiVersion ?? apiVersionOf(kind));
  const name = String(body.kind ?? kind.kind);
  if (apiVersion !== apiVersionOf(kind)) {
    throw wrongType(
      kind,
      body,
      `no kind "${name}" is registered for version "${apiVersion}"`,
    );
  }
  if (name !== kind.kind) {
    throw wrongType(
      kind,
      body,
      `converting (${kind.version}.${name}) to (${kind.group || 'core'}.${
        kind.kind
      }): unknown conversion`,
    );
  }
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  const owner = 'ObjectMeta.metadata';
  requireStringMap(kind, metadata.labels, `${owner}.labels`);
  requireStringMap(kind, metadata.annotations, `${owner}.annotations`);
  for (const field of ['name', 'namespace', 'generateName']) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      throw cannotHandle(
        kind,
        `json: cannot unmarshal ${goTypeName(
          value,
        )} into Go struct field ${owner}.${field} of type string`,
      );
    }
  }
  if (!kind.custom) {
    decodeBuiltIn(kind, body);
  }
  return {
    ...structuredClone(body),
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: structuredClone(metadata) as unknown as KubeObject['metadata'],
  };
}

function decodeBuiltIn(kind: ResourceKind, body: JsonObject): void {
  if (kind.kind === 'ConfigMap' || kind.kind === 'Secret') {
    requireStringMap(kind, body.data, `${kind.kind}.data`);
  }
  if (kind.kind === 'Secret') {
    requireStringMap(kind, body.stringData, 'Secret.stringData');
    for (const value of Object.values(objectAt(body, 'data') ?? {})) {
      if (!base64.test(String(value).replace(/[\r\n]/g, ''))) {
        throw cannotHandle(kind, 'illegal base64 data at input byte 0');
      }
    }
  }
  const replicas = objectAt(body, 'spec')?.replicas;
  if (
    kind.group === 'apps' &&
    replicas !== undefined &&
    replicas !== null &&
    typeof replicas !== 'number'
  ) {
    throw cannotHandle(
      kind,
      `json: cannot unmarshal ${goTypeName(replicas)} into Go struct field ${
        kind.kind
      }Spec.spec.replicas of type int32`,
    );
  }
}

/** Drops `null` fields, which mean "absent" for built-in kinds; changes `value`. */
export function dropNulls(value: unknown): void {
  if (Array.isArray(value)) {
    value.forEach(dropNulls);
  } else if (isJsonObject(value)) {
    for (const [field, entry] of Object.entries(value)) {
      if (entry === null) {
        delete value[field];
      } else {
        dropNulls(entry);
      }
    }
  }
}

import { KubeObject } from './ObjectStore';
import { ResourceKind } from './ResourceKind';
import { isJsonObject } from './json';
import { badRequest } from './statusErrors';

const everywhere = ['metadata.name', 'metadata.namespace'];

/** Fields that may be selected on beside name and namespace. */
const extraFields: Record<string, readonly string[]> = {
  'v1/Secret': ['type'],
  'v1/Namespace': ['status.phase', 'name'],
  'v1/Pod': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  'v1/Event': [
    'involvedObject.apiVersion',
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'v1/Service': ['spec.clusterIP', 'spec.type'],
  'v1/ReplicaSet': ['status.replicas'],
  'v1/Job': ['status.successful'],
};

function valueOf(object: KubeObject, path: string): string {
  let current: unknown = object;
  for (const step of path.split('.')) {
    current = isJsonObject(current) ? current[step] : undefined;
  }
  return current === undefined || current === null ? '' : String(current);
}

/** Parses the `fieldSelector` parameter; a field the API server cannot select on for this kind is a 400. */
export function parseFieldSelector(
  selector: string | undefined,
  kind: ResourceKind,
): ((object: KubeObject) => boolean) | undefined {
  if (!selector?.trim()) {
    return undefined;
  }
  const allowed = kind.custom
    ? everywhere
    : [...everywhere, ...(extraFields[`${kind.version}/${kind.kind}`] ?? [])];
  const requirements = selector.split(',').map(part => {
    const match = /^\s*([^!=\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(part);
    if (!match) {
      throw badRequest(
        `invalid selector: '${selector}'; can't understand '${part}'`,
      );
    }
    const [, field, operator, wanted] = match;
    if (!allowed.includes(field)) {
      throw badRequest(
        kind.custom || !extraFields[`${kind.version}/${kind.kind}`]
          ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
          : `field label not supported: ${field}`,
      );
    }
    return (object: KubeObject) =>
      (valueOf(object, field) === wanted) === (operator !== '!=');
  });
  return object => requirements.every(matches => matches(object));
}

import type {
  ProjectDocument,
  ResourceStateDocument,
  ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { needsAttention } from './shownState';

/** An object on the way from what waits to what blocks it. */
export interface ChainLink {
  kind: string;
  name: string;
  namespace?: string;
  status: ResourceStatus;
  /** Name of the environment, where it is one of this project. */
  environment?: string;
  /** Known in full, where it is an object of this project. */
  resource?: ResourceStateDocument;
}

type Objects = Pick<ProjectDocument, 'sources' | 'environments'>;

/**
 * Walks from a waiting object up to the one that has to move first. Empty where
 * it waits for nothing; ends before a cycle would begin again.
 */
export function blockingChain(
  resource: ResourceStateDocument,
  project: Objects,
): ChainLink[] {
  const chain: ChainLink[] = [];
  const seen = new Set([key('Kustomization', resource)]);
  let current: ResourceStateDocument | undefined = resource;
  while (current) {
    const link: ChainLink | undefined = nextLink(current, project);
    if (!link || seen.has(key(link.kind, link))) {
      break;
    }
    seen.add(key(link.kind, link));
    chain.push(link);
    current = link.resource;
  }
  return chain;
}

function nextLink(
  resource: ResourceStateDocument,
  { sources, environments }: Objects,
): ChainLink | undefined {
  const { waitingOn } = resource.attributes;
  if (waitingOn) {
    const { kind = 'Kustomization', name, status } = waitingOn;
    const namespace = waitingOn.namespace ?? resource.namespace;
    const isIt = (other: ResourceStateDocument | undefined) =>
      other?.name === name &&
      other.namespace === namespace &&
      other.cluster === resource.cluster;
    const environment =
      kind === 'Kustomization'
        ? environments.find(each => isIt(each.resource))
        : undefined;
    const own =
      kind === 'GitRepository' ? sources.find(isIt) : environment?.resource;
    // What the project knows of its own object is newer than what was noted.
    return {
      kind,
      name,
      namespace,
      status: own?.status ?? status,
      environment: environment?.displayName,
      resource: own,
    };
  }
  if (resource.type === 'git-repository') {
    return undefined;
  }
  const source = sources.find(({ cluster }) => cluster === resource.cluster);
  if (!source || !needsAttention(source.status)) {
    return undefined;
  }
  const subject = resource.diagnosis?.subject;
  const held =
    resource.attributes.frozen ||
    resource.status === 'reconciling' ||
    (subject?.kind === 'GitRepository' && subject.name === source.name);
  return held
    ? {
        kind: 'GitRepository',
        name: source.name,
        namespace: source.namespace,
        status: source.status,
        resource: source,
      }
    : undefined;
}

function key(
  kind: string,
  { namespace, name }: { namespace?: string; name: string },
): string {
  return [kind, namespace, name].join('/');
}

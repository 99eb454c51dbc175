import {
  apiVersionOf,
  objectHealth,
  parseInventoryEntry,
  stripCredentials,
  type FluxObject,
  type InventoryDocument,
  type InventoryEntry,
  type InventoryObjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { ConflictError, ServiceUnavailableError } from '@backstage/errors';
import type {
  ClusterClient,
  ClusterObject,
  ClusterRegistry,
} from '../../clusters';
import type { ResourceStore } from '../../database/ResourceStore';
import type {
  Environment,
  GitopsResource,
  Project,
} from '../../database/tables';
import { resourceReference } from '../../flux/resourceReference';
import { gitOwner } from '../gitOwner';
import { objectEvents } from './objectEvents';
import {
  inParallel,
  readLiveObjects,
  reason,
  type Finding,
} from './liveObjects';
import { isWorkload, workloadOf, type Pod } from './workloadPods';

/** Most objects of an answer, pods included. */
const MOST_OBJECTS = 500;
/** How long a cluster may take for all of it. */
const DEADLINE_MS = 10_000;
/** How long those who come after share an answer. */
const SHARED_MS = 5_000;
/** Namespaces that pods and events are read from. */
const MOST_NAMESPACES = 5;

type Kustomization = ClusterObject & Pick<FluxObject, 'status'>;

/**
 * Reads what an environment has put into its cluster, how it is, and what was said
 * of it lately. The one reading that goes to a cluster because somebody looks:
 * it is made when asked for, and shared by all who ask within a few seconds.
 */
export class InventoryReader {
  private readonly clusters: ClusterRegistry;
  private readonly resources: ResourceStore;
  private readonly deadlineMs: number;
  private readonly sharedMs: number;
  private readonly readings = new Map<string, Promise<InventoryDocument>>();

  constructor(options: {
    clusters: ClusterRegistry;
    resources: ResourceStore;
    deadlineMs?: number;
    sharedMs?: number;
  }) {
    this.clusters = options.clusters;
    this.resources = options.resources;
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.sharedMs = options.sharedMs ?? SHARED_MS;
  }

  /**
   * @throws ConflictError before the environment was set up;
   * ServiceUnavailableError when the cluster does not answer
   */
  async read(
    project: Project,
    environment: Environment,
  ): Promise<InventoryDocument> {
    const known = this.readings.get(environment.id);
    if (known) {
      return known;
    }
    const reading = this.take(project, environment);
    this.readings.set(environment.id, reading);
    const forget = () => this.readings.delete(environment.id);
    reading.then(() => setTimeout(forget, this.sharedMs).unref(), forget);
    return reading;
  }

  private async take(
    project: Project,
    environment: Environment,
  ): Promise<InventoryDocument> {
    const rows = await this.resources.listByProject(project.id);
    const resource = rows.find(row => row.environmentId === environment.id);
    if (!resource) {
      throw new ConflictError(
        `Environment '${environment.name}' of project '${project.slug}' has no Flux objects yet: finish or retry the set-up first`,
      );
    }
    const signal = AbortSignal.timeout(this.deadlineMs);
    const client = await this.clusters.get(environment.cluster);
    const takenAt = new Date().toISOString();
    const object = await this.kustomization(client, resource, signal);
    const { cluster } = environment;
    if (!object) {
      return {
        takenAt,
        cluster,
        conditions: [],
        objects: [],
        truncated: false,
        events: [],
        problems: [
          `Kustomization ${resource.namespace}/${resource.name} is not in cluster '${cluster}': retry the set-up to create it again`,
        ],
        ownedByGit: [],
      };
    }
    const entries = (object.status?.inventory?.entries ?? []).flatMap(
      entry => parseInventoryEntry(entry) ?? [],
    );
    const shown = entries.slice(0, MOST_OBJECTS);
    const { findings, problems } = await readLiveObjects(
      client,
      shown,
      object.metadata,
      signal,
    );
    const objects = shown.map((entry, index) =>
      objectDocument(entry, findings[index]),
    );
    const pods = await this.pods(client, objects, problems, signal);
    const room = MOST_OBJECTS - objects.length;
    const all = [...objects, ...pods.slice(0, room)];
    return {
      takenAt,
      cluster,
      conditions: (object.status?.conditions ?? []).map(condition => ({
        ...condition,
        ...(condition.message && {
          message: stripCredentials(condition.message),
        }),
      })),
      objects: all,
      truncated: entries.length > shown.length || pods.length > room,
      events: await this.events(client, object, all, problems, signal),
      problems,
      ownedByGit: gitOwner(object, ['spec', 'suspend']) ? ['spec.suspend'] : [],
    };
  }

  private async kustomization(
    client: ClusterClient,
    resource: GitopsResource,
    signal: AbortSignal,
  ): Promise<Kustomization | undefined> {
    try {
      return await client.get<Kustomization>(resourceReference(resource), {
        signal,
      });
    } catch (error) {
      if (signal.aborted) {
        throw new ServiceUnavailableError(
          `Cluster '${client.cluster}' did not answer within ${
            this.deadlineMs / 1000
          } s: try again when it has recovered`,
        );
      }
      throw error;
    }
  }

  /** Pods of the workloads, those in trouble first. */
  private async pods(
    client: ClusterClient,
    objects: readonly InventoryObjectDocument[],
    problems: string[],
    signal: AbortSignal,
  ): Promise<InventoryObjectDocument[]> {
    const workloads = objects.filter(isWorkload);
    const pods: InventoryObjectDocument[] = [];
    await inParallel(3, namespacesOf(workloads), async namespace => {
      try {
        const found = await client.list<Pod>(
          { apiVersion: 'v1', kind: 'Pod', namespace },
          { signal },
        );
        for (const pod of found) {
          const parent = workloadOf(pod, workloads);
          if (parent) {
            const entry = {
              group: '',
              version: 'v1',
              kind: 'Pod',
              namespace,
              name: pod.metadata.name,
            };
            pods.push({
              ...objectDocument(entry, { object: pod }),
              parentId: parent.id,
            });
          }
        }
      } catch (error) {
        problems.push(
          `Pods in namespace ${namespace} cannot be read: ${reason(
            error,
            signal,
          )}`,
        );
      }
    });
    return pods.sort(
      (one, other) =>
        Number(one.health === 'current') - Number(other.health === 'current') ||
        one.name.localeCompare(other.name),
    );
  }

  private async events(
    client: ClusterClient,
    kustomization: Kustomization,
    objects: readonly InventoryObjectDocument[],
    problems: string[],
    signal: AbortSignal,
  ): Promise<InventoryDocument['events']> {
    const { name, namespace } = kustomization.metadata;
    const raw: unknown[] = [];
    const lists = [
      { namespace, fieldSelector: `involvedObject.name=${name}` },
      ...namespacesOf(objects).map(each => ({ namespace: each })),
    ];
    await inParallel(3, lists, async list => {
      try {
        raw.push(
          ...(await client.list(
            { apiVersion: 'v1', kind: 'Event', ...list },
            { signal },
          )),
        );
      } catch (error) {
        problems.push(
          `Events in namespace ${list.namespace} cannot be read: ${reason(
            error,
            signal,
          )}`,
        );
      }
    });
    return objectEvents(raw, [
      { kind: 'Kustomization', namespace, name },
      ...objects,
    ]);
  }
}

/** Namespaces of some objects, the most used first. */
function namespacesOf(objects: readonly InventoryObjectDocument[]): string[] {
  const counts = new Map<string, number>();
  for (const { namespace } of objects) {
    if (namespace) {
      counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST_NAMESPACES)
    .map(([namespace]) => namespace);
}

function objectDocument(
  entry: InventoryEntry,
  finding: Finding,
): InventoryObjectDocument {
  const { group, kind, namespace, name } = entry;
  const document = {
    id: [group, kind, namespace ?? '', name].join('/'),
    apiVersion: apiVersionOf(entry),
    kind,
    ...(namespace && { namespace }),
    name,
  };
  if (!('object' in finding)) {
    return 'missing' in finding
      ? {
          ...document,
          health: 'missing',
          message:
            'It was applied and is not in the cluster any more; Flux makes it again with its next run',
        }
      : { ...document, health: 'unknown', message: finding.unreadable };
  }
  const { health, message } = objectHealth(finding.object);
  const { creationTimestamp: createdAt } = finding.object.metadata;
  return {
    ...document,
    health,
    ...(message && { message: stripCredentials(message) }),
    ...(createdAt && { createdAt }),
  };
}

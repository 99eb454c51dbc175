import type { Manifest } from '@backstage-gitops/control-plane';
import type { Row } from './PortalDatabase';
import type { Workbench } from './Workbench';

const KINDS: Record<string, { apiVersion: string; kind: string }> = {
  'git-repository': {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
  },
  kustomization: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
  },
};

/** A Flux object as far as it is compared here. */
export interface FluxManifest extends Manifest {
  metadata: Manifest['metadata'] & {
    uid: string;
    generation: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: Record<string, unknown>;
  status?: {
    artifact?: { revision: string };
    lastAppliedRevision?: string;
    conditions?: { type: string; status: string }[];
  };
}

/** The rows of a project and the very objects that they speak of. */
export interface ProjectState {
  project: Row;
  environments: Row[];
  resources: { row: Row; object: FluxManifest }[];
}

/**
 * Reads the rows of a project and the object of each row from its cluster, and
 * makes sure that no Flux object of the project is without a row.
 */
export async function readProjectState(
  workbench: Workbench,
  slug: string,
): Promise<ProjectState> {
  const { database, backing } = workbench;
  const [project] = await database.rows('projects', { slug });
  const where = { project_id: project.id };
  const environments = await database.rows('environments', where, 'position');
  const rows = await database.rows('gitops_resources', where, 'name');

  const resources: ProjectState['resources'] = [];
  for (const row of rows) {
    const object = await workbench
      .cluster(String(row.cluster))
      .api.get<FluxManifest>({
        ...KINDS[String(row.type)],
        namespace: String(row.namespace),
        name: String(row.name),
      });
    if (!object) {
      throw new Error(`${row.type} ${row.name} has a row and does not exist`);
    }
    resources.push({ row, object });
  }

  const standing: string[] = [];
  for (const cluster of backing.controlPlane.clusters) {
    for (const kind of Object.values(KINDS)) {
      const objects = await cluster.api.list<FluxManifest>({
        ...kind,
        namespace: `project-${slug}`,
      });
      standing.push(...objects.map(({ metadata }) => metadata.uid));
    }
  }
  expect(standing.sort()).toEqual(rows.map(({ uid }) => uid).sort());
  return { project, environments, resources };
}

/** What must not change when the same set-up runs again. */
export function identities({ project, environments, resources }: ProjectState) {
  return {
    project: project.id,
    environments: environments.map(({ id, name }) => ({ id, name })),
    resources: resources.map(({ row, object }) => ({
      id: row.id,
      name: row.name,
      uid: object.metadata.uid,
      generation: object.metadata.generation,
    })),
  };
}

/** Every row says of its object what the object says of itself. */
export function expectRowsToMatch({ resources }: ProjectState): void {
  for (const { row, object } of resources) {
    const { metadata, spec, status } = object;
    const revision =
      row.type === 'kustomization'
        ? status?.lastAppliedRevision
        : status?.artifact?.revision;
    const config =
      typeof row.config === 'string' ? JSON.parse(row.config) : row.config;
    expect({
      uid: row.uid,
      generation: Number(row.generation),
      suspended: Boolean(row.suspended),
      status: row.status,
      revision: row.last_applied_revision,
      config,
    }).toEqual({
      uid: metadata.uid,
      generation: metadata.generation,
      suspended: spec.suspend === true,
      status: 'ready',
      revision,
      config:
        row.type === 'kustomization'
          ? {
              path: spec.path,
              interval: spec.interval,
              retryInterval: spec.retryInterval,
              timeout: spec.timeout,
              targetNamespace: spec.targetNamespace,
              serviceAccountName: spec.serviceAccountName,
              sourceName: (spec.sourceRef as { name: string }).name,
            }
          : {
              url: spec.url,
              branch: (spec.ref as { branch: string }).branch,
              interval: spec.interval,
              timeout: spec.timeout,
            },
    });
  }
}

import { randomUUID } from 'node:crypto';
import {
  environmentNamespace,
  gitRepositoryName,
  kustomizationName,
  projectNamespace,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { createStores } from '../createStores';
import type { Project } from '../tables';
import { now } from '../time';

type Stores = ReturnType<typeof createStores>;

/** A project as `POST /projects` leaves it. */
export function newProject(
  slug: string,
  changes: Partial<Project> = {},
): Parameters<Stores['projects']['insert']>[1] {
  return {
    id: randomUUID(),
    slug,
    name: slug,
    status: 'initializing',
    statusSince: now(),
    entityRef: `component:default/${slug}`,
    ownerRef: 'group:default/owners',
    createdBy: 'user:default/owner',
    wishes: {
      repository: {
        host: 'git.example.com',
        owner: 'acme',
        name: slug,
        visibility: 'private',
        defaultBranch: 'main',
      },
      environments: [],
    },
    version: 1,
    initializationAttempt: 1,
    leaseFence: 0,
    ...changes,
  };
}

/** A project with repository, environments and Flux objects, as a set-up leaves it. */
export async function seedProject(
  knex: Knex,
  slug: string,
  options: { environments?: string[]; project?: Partial<Project> } = {},
) {
  const stores = createStores(knex);
  const names = options.environments ?? [
    'development',
    'staging',
    'production',
  ];
  return knex.transaction(async trx => {
    const project = await stores.projects.insert(
      trx,
      newProject(slug, { status: 'active', ...options.project }),
    );
    const projectId = project.id;
    await stores.steps.addAttempt(trx, projectId, 1);
    const repository = await stores.repositories.put(trx, {
      projectId,
      provider: 'gitea',
      host: 'git.example.com',
      owner: 'acme',
      name: slug,
      visibility: 'private',
      url: `https://git.example.com/acme/${slug}`,
      cloneUrl: `https://git.example.com/acme/${slug}.git`,
      defaultBranch: 'main',
      providerRepositoryId: '1',
    });
    const cluster = 'sandbox';
    const namespace = projectNamespace(slug);
    const source = await stores.resources.put(trx, {
      projectId,
      repositoryId: repository.id,
      type: 'git-repository',
      cluster,
      namespace,
      name: gitRepositoryName(slug),
    });
    const environments = [];
    for (const [position, name] of names.entries()) {
      const environment = await stores.environments.put(trx, {
        projectId,
        name,
        displayName: `${name[0].toUpperCase()}${name.slice(1)}`,
        type: 'custom',
        cluster,
        namespace: environmentNamespace(slug, name),
        position,
      });
      const kustomization = await stores.resources.put(trx, {
        projectId,
        environmentId: environment.id,
        repositoryId: repository.id,
        type: 'kustomization',
        cluster,
        namespace,
        name: kustomizationName(slug, name),
        config: { path: `./deploy/overlays/${name}` },
      });
      environments.push({ environment, kustomization });
    }
    return { project, repository, source, environments };
  });
}

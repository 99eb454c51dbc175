import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
  StepDocument,
  StepStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { INITIALIZATION_STEPS } from '@backstage-gitops/plugin-gitops-common';

/** Commit that the documents made here are at, unless said otherwise. */
export const COMMIT = '5f2c9d41c0ffee5f2c9d41c0ffee5f2c9d41c0ff';

/** RFC 3339 of so many seconds ago. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

/** A Ready object that was last changed two hours ago. */
export function resourceDocument(
  overrides: Partial<ResourceStateDocument> = {},
): ResourceStateDocument {
  return {
    type: 'kustomization',
    name: 'shop-development',
    namespace: 'project-shop',
    cluster: 'main',
    status: 'ready',
    since: ago(7200),
    commit: COMMIT,
    revision: `main@sha1:${COMMIT}`,
    attributes: {},
    ...overrides,
  };
}

/** An environment that is Ready, unless its resource says otherwise; null has none. */
export function environmentDocument(
  name: string,
  resource: Partial<ResourceStateDocument> | null = {},
  overrides: Partial<EnvironmentDocument> = {},
): EnvironmentDocument {
  const cluster = overrides.cluster ?? 'main';
  return {
    name,
    displayName: name[0].toUpperCase() + name.slice(1),
    type: 'custom',
    cluster,
    namespace: `project-shop-${name}`,
    resource: resource
      ? resourceDocument({ name: `shop-${name}`, cluster, ...resource })
      : undefined,
    ...overrides,
  };
}

/** A project with three Ready environments on one live cluster. */
export function projectDocument(
  overrides: Partial<ProjectDocument> = {},
): ProjectDocument {
  const serverTime = new Date().toISOString();
  return {
    id: 'p-1',
    slug: 'shop',
    name: 'Shop',
    status: 'active',
    version: 10,
    entityRef: 'component:default/shop',
    ownerRef: 'group:default/shop-team',
    repository: {
      provider: 'gitea',
      host: 'git.example.com',
      owner: 'team',
      name: 'shop',
      url: 'https://git.example.com/team/shop',
      defaultBranch: 'main',
      visibility: 'private',
    },
    initialization: { attempt: 1, progress: 100, running: false },
    environments: ['development', 'staging', 'production'].map(name =>
      environmentDocument(name),
    ),
    sources: [resourceDocument({ type: 'git-repository', name: 'shop-repo' })],
    clusters: [
      { name: 'main', state: 'live', lastSyncedAt: serverTime, ageMs: 0 },
    ],
    allowed: { update: true, delete: true },
    serverTime,
    ...overrides,
  };
}

/** The seven steps: so many done, the next one in the given state. */
export function stepDocuments(
  completed: number,
  next: StepStatus,
  error?: string,
): StepDocument[] {
  return INITIALIZATION_STEPS.map(({ step, displayName, sequence }) => {
    const base = { step, displayName, sequence };
    if (sequence <= completed) {
      return { ...base, status: 'completed', progress: 100, durationMs: 420 };
    }
    if (sequence === completed + 1) {
      return { ...base, status: next, progress: 0, startedAt: ago(3), error };
    }
    return { ...base, status: 'pending', progress: 0 };
  });
}

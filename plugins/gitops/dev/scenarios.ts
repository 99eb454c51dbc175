import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { errorResponse } from '../src/__testUtils__/errorResponse';
import {
  ago,
  COMMIT,
  environmentDocument,
  projectDocument,
  resourceDocument,
  stepDocuments,
} from '../src/__testUtils__/projectDocument';

const NEXT = '9ab41d07e1e1e19ab41d07e1e1e19ab41d07e1e1';

/** Every look of the pages, by name; each makes a document of this moment. */
export const scenarios: Record<string, () => ProjectDocument | number> = {
  healthy: () => projectDocument(),
  rollout: () =>
    projectDocument({
      environments: [
        environmentDocument('development', {
          commit: NEXT,
          since: ago(20),
          attributes: { healthUnchecked: 'unset' },
        }),
        environmentDocument('staging', {
          status: 'reconciling',
          since: ago(8),
          attributes: {
            behind: `main@sha1:${NEXT}`,
            stage: 'Running health checks for revision main@sha1:9ab41d07',
          },
        }),
        environmentDocument('production', {
          status: 'reconciling',
          attributes: {
            waitingOn: {
              kind: 'Kustomization',
              name: 'shop-staging',
              status: 'reconciling',
            },
          },
        }),
      ],
    }),
  failing: () =>
    projectDocument({
      environments: [
        environmentDocument('development', { attributes: { frozen: true } }),
        environmentDocument('staging', {
          status: 'failed',
          since: ago(340),
          reason: 'ArtifactFailed',
          message:
            'kustomization path not found: stat /tmp/kustomization-1/deploy/overlays/stagin: no such file or directory',
          attributes: { retrying: true },
          diagnosis: {
            id: 'K4',
            cause:
              'The path ./deploy/overlays/stagin does not exist at commit 5f2c9d4',
            subject: {
              kind: 'Kustomization',
              namespace: 'project-shop',
              name: 'shop-staging',
              field: 'spec.path',
            },
            nextStep:
              'Commit the overlay under this path, or correct spec.path.',
            command:
              'kubectl -n project-shop get kustomization shop-staging -o yaml',
          },
        }),
        environmentDocument('production', {
          status: 'suspended',
          since: ago(86_400 * 3),
          attributes: { previous: { status: 'ready' } },
        }),
      ],
      sources: [
        resourceDocument({
          type: 'git-repository',
          name: 'shop-repo',
          status: 'failed',
          since: ago(900),
          attributes: { retrying: true },
          diagnosis: {
            id: 'G4',
            cause: 'The Git host refuses the credentials',
            subject: {
              kind: 'Secret',
              namespace: 'project-shop',
              name: 'shop-git-auth',
            },
            nextStep: 'Rotate the token of the project.',
            message:
              "failed to checkout and determine revision: unable to clone 'https://git.example.com/team/shop': authentication required",
          },
        }),
      ],
    }),
  unreachable: () => {
    const document = projectDocument({
      environments: [
        environmentDocument('development'),
        environmentDocument('staging'),
        environmentDocument('production', {}, { cluster: 'frankfurt' }),
      ],
    });
    return {
      ...document,
      sources: [
        ...document.sources,
        resourceDocument({ type: 'git-repository', cluster: 'frankfurt' }),
      ],
      clusters: [
        ...document.clusters,
        {
          name: 'frankfurt',
          state: 'unreachable',
          lastSyncedAt: ago(420),
          ageMs: 420_000,
          error: 'connect ETIMEDOUT 10.0.0.7:6443',
        },
      ],
    };
  },
  initializing: () =>
    projectDocument({
      status: 'initializing',
      environments: [],
      sources: [],
      clusters: [],
      initialization: {
        attempt: 1,
        progress: 45,
        running: true,
        steps: stepDocuments(3, 'running'),
      },
    }),
  setupfailed: () =>
    projectDocument({
      status: 'failed',
      environments: [],
      sources: [],
      clusters: [],
      initialization: {
        attempt: 2,
        progress: 20,
        running: false,
        error: 'push refused',
        steps: stepDocuments(
          2,
          'failed',
          "The Git host refused the push to team/shop: the branch 'main' is protected. Allow the portal's account to push, then retry.",
        ),
      },
    }),
  fresh: () =>
    projectDocument({
      environments: ['development', 'staging', 'production'].map(name =>
        environmentDocument(name, {
          status: 'reconciling',
          commit: undefined,
          since: ago(2),
          attributes: {},
        }),
      ),
    }),
  absent: () => 404,
  broken: () => 503,
};

/** Answers as the backend would, from the scenario that the path names. */
export async function answer(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const url = String(input instanceof Request ? input.url : input);
  const parts = url.replace('plugin://gitops/', '').split('/');
  const document = scenarios[parts[parts.length - 1]]?.();
  if (init?.method === 'POST') {
    return Response.json({ requestedAt: new Date().toISOString() });
  }
  if (url.endsWith('/deployments')) {
    return Response.json({
      items: ['production', 'staging', 'development'].map((environment, i) => ({
        id: `${i}`,
        environment,
        commit: COMMIT,
        method: i ? 'gitops' : 'manual',
        status: i === 1 ? 'failed' : 'succeeded',
        deployedBy: i ? undefined : 'user:default/maria',
        startedAt: ago(7200 + i * 60),
        finishedAt: ago(7200 + i * 60 - 14),
      })),
    });
  }
  if (url.endsWith('/events')) {
    return Response.json({
      items: (['info', 'warning', 'error'] as const).map((severity, i) => ({
        id: `${i}`,
        timestamp: ago(60 * (i + 1)),
        eventType: 'project',
        action: 'environment-ready',
        severity,
        resourceType: 'environment',
        resourceId: 'e',
        message: `Environment staging is ${
          severity === 'info' ? 'Ready' : 'Failed'
        }`,
      })),
    });
  }
  if (typeof document === 'object') {
    return Response.json(document);
  }
  return errorResponse(document ?? 404, 'the database does not answer');
}

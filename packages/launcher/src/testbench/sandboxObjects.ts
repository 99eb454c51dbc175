import type { KubeObject, Sandbox } from '@backstage-gitops/sandbox';

const FLUX_KINDS = [
  {
    type: 'git-repository',
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
  },
  {
    type: 'kustomization',
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
  },
];

/** A Flux object; its `spec` is whatever the kind has. */
export type FluxManifest = KubeObject & { spec: Record<string, unknown> };

/** The Flux objects of a sandbox, by the word that rows have for their kind. */
export function fluxKinds(
  sandbox: Sandbox,
): { type: string; list: () => FluxManifest[] }[] {
  const [{ store }] = sandbox.clusters;
  return FLUX_KINDS.map(({ type, apiVersion, kind }) => ({
    type,
    list: () =>
      store.list(store.resolve(apiVersion, kind)!) as unknown as FluxManifest[],
  }));
}

/** Calls the Git host's API as its administrator. */
export async function callGitHost<T>(
  { git }: Sandbox,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${git.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `token ${git.admin.token}`,
      'content-type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
  return JSON.parse(text);
}

/** All repositories there are, whoever owns them. */
export async function repositoryNames(sandbox: Sandbox): Promise<string[]> {
  const found = await callGitHost<{ name: string }[]>(
    sandbox,
    'GET',
    '/orgs/platform/repos',
  );
  return found.map(({ name }) => name).sort();
}

/**
 * Commits a change that shows in every environment, as a developer's push would.
 *
 * @returns the new commit
 */
export async function changeBase(
  sandbox: Sandbox,
  repository: string,
): Promise<string> {
  const path = `/repos/platform/${repository}/contents/deploy/base/service.yaml`;
  const present = await callGitHost<{ sha: string; content: string }>(
    sandbox,
    'GET',
    path,
  );
  const text = Buffer.from(present.content, 'base64').toString('utf8');
  const { commit } = await callGitHost<{ commit: { sha: string } }>(
    sandbox,
    'PUT',
    path,
    {
      branch: 'main',
      message: 'Say what the service is for',
      sha: present.sha,
      content: Buffer.from(
        text.replace(
          'metadata:\n',
          'metadata:\n  annotations:\n    purpose: selling\n',
        ),
      ).toString('base64'),
    },
  );
  return commit.sha;
}

/**
 * Commits an overlay of its own for one more environment, which takes the base as
 * it is.
 *
 * @returns the new commit
 */
export async function addOverlay(
  sandbox: Sandbox,
  repository: string,
  environment: string,
): Promise<string> {
  const content = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../base
`;
  const { commit } = await callGitHost<{ commit: { sha: string } }>(
    sandbox,
    'POST',
    `/repos/platform/${repository}/contents/deploy/overlays/${environment}/kustomization.yaml`,
    {
      branch: 'main',
      message: `Add ${environment}`,
      content: Buffer.from(content).toString('base64'),
    },
  );
  return commit.sha;
}

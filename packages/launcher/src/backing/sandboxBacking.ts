import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import type { Break } from '../commands/breaks';
import { say } from '../say';
import type { Backing } from './Backing';

/** A backing whose parts a test may take hold of. */
export interface SandboxBacking extends Backing {
  sandbox: Sandbox;
}

/** Somebody's hand in the cluster: which object is spoiled, and how. */
interface Spoiling {
  apiVersion: string;
  kind: string;
  name: string;
  patch: Record<string, unknown>;
}

function spoilings(slug: string): Record<Break, Spoiling> {
  return {
    path: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      name: `${slug}-production`,
      patch: { spec: { path: './deploy/overlays/prod' } },
    },
    credentials: {
      apiVersion: 'v1',
      kind: 'Secret',
      name: `${slug}-git-auth`,
      patch: { data: { password: Buffer.from('expired').toString('base64') } },
    },
    branch: {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      name: `${slug}-repo`,
      patch: { spec: { ref: { branch: 'trunk' } } },
    },
  };
}

/**
 * Spoils an object of the project's own namespace the moment it is made, and
 * again each time the portal mends it.
 */
function spoilWhenMade(sandbox: Sandbox, slug: string, what: Break): void {
  const { apiVersion, kind, name, patch } = spoilings(slug)[what];
  const namespace = `project-${slug}`;
  for (const { store } of sandbox.clusters) {
    const resource = store.resolve(apiVersion, kind);
    if (!resource) {
      throw new Error(`the sandbox does not serve ${apiVersion} ${kind}`);
    }
    store.watch(resource, ({ type, object: { metadata } }) => {
      if (
        type !== 'DELETED' &&
        metadata.name === name &&
        metadata.namespace === namespace
      ) {
        // A patch that changes nothing commits nothing, so this ends.
        store.mergePatch(resource, namespace, name, patch, {
          fieldManager: 'somebody',
        });
      }
    });
  }
}

/** The sandbox, in this process. */
export async function startSandboxBacking(options: {
  dataFolder: string;
  gitPort?: number;
  clusterPort?: number;
}): Promise<SandboxBacking> {
  const sandbox = await startSandbox({
    dataDir: options.dataFolder,
    gitPort: options.gitPort,
    clusters: [{ name: 'sandbox', port: options.clusterPort }],
    logger: { error: say },
  });
  const { git } = sandbox;
  const [cluster] = sandbox.clusters;
  return {
    sandbox,
    description: `a sandbox: Git host ${git.url}, Kubernetes API ${cluster.url}`,
    environment: {
      SANDBOX_GIT_HOST: git.host,
      SANDBOX_GIT_URL: git.url,
      SANDBOX_GIT_USERNAME: git.admin.username,
      SANDBOX_GIT_TOKEN: git.admin.token,
      SANDBOX_CLUSTER_URL: cluster.url,
      SANDBOX_CLUSTER_TOKEN: cluster.token,
    },
    configFiles: [],
    repositoryHost: git.host,
    repositoryOwner: 'platform',
    branchCommit: async (owner, repository, branch) => {
      const response = await fetch(
        `${git.url}/api/v1/repos/${owner}/${repository}/branches/${branch}`,
        { headers: { authorization: `token ${git.admin.token}` } },
      );
      if (response.status === 404) {
        return undefined;
      }
      const { commit } = (await response.json()) as { commit: { id: string } };
      return commit.id;
    },
    arrangeBreak: async (what, slug) => spoilWhenMade(sandbox, slug, what),
    stop: () => sandbox.stop(),
  };
}

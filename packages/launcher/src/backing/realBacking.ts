import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlPlane } from '@backstage-gitops/control-plane';
import { stringify } from 'yaml';
import { say } from '../say';
import type { Backing } from './Backing';

/** A backing whose parts a test may take hold of. */
export interface RealBacking extends Backing {
  controlPlane: ControlPlane;
}

/**
 * Real Kubernetes, Flux and Gitea, started for this run.
 *
 * @param options - `clusters` are the names as the portal will know them; the
 * first one is the default
 */
export async function startRealBacking(options: {
  dataFolder: string;
  clusters?: string[];
}): Promise<RealBacking> {
  const controlPlane = await ControlPlane.start({
    clusters: options.clusters ?? ['real'],
    say,
  });
  const { gitea, clusters } = controlPlane;
  await mkdir(options.dataFolder, { recursive: true });
  const configFile = join(options.dataFolder, 'app-config.real.yaml');
  await writeFile(
    configFile,
    stringify({
      organization: { name: 'Real control plane' },
      backend: { reading: { allow: [{ host: gitea.host }] } },
      integrations: {
        gitea: [
          {
            host: gitea.host,
            baseUrl: gitea.url,
            username: gitea.username,
            password: gitea.token,
          },
        ],
      },
      kubernetes: {
        clusterLocatorMethods: [
          {
            type: 'config',
            clusters: clusters.map(({ name, url, token, ca }) => ({
              name,
              url,
              authProvider: 'serviceAccount',
              serviceAccountToken: token,
              ...(ca
                ? { caData: Buffer.from(ca).toString('base64') }
                : { skipTLSVerify: true }),
            })),
          },
        ],
      },
    }),
    { mode: 0o600 },
  );
  return {
    controlPlane,
    description: `Gitea at ${gitea.url} (${gitea.username} / ${
      gitea.password
    }), Kubernetes at ${clusters.map(({ url }) => url).join(', ')}`,
    environment: {},
    configFiles: [configFile],
    repositoryHost: gitea.host,
    repositoryOwner: gitea.organization,
    branchCommit: async (owner, repository, branch) =>
      (
        await gitea.request<{ commit: { id: string } }>(
          'GET',
          `/repos/${owner}/${repository}/branches/${branch}`,
        )
      )?.commit.id,
    arrangeBreak: async () => {
      throw new Error('--break spoils the sandbox only: run it without --real');
    },
    stop: () => controlPlane.stop(),
  };
}

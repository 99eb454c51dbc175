import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** What is used instead of starting it. */
export interface ExistingControlPlane {
  /** Path of a kubeconfig; its current context comes first. */
  kubeconfig: string;
  gitea: { url: string; username: string; token: string; organization: string };
}

const SETTINGS = [
  'GITOPS_E2E_KUBECONFIG',
  'GITOPS_E2E_GITEA_URL',
  'GITOPS_E2E_GITEA_USERNAME',
  'GITOPS_E2E_GITEA_TOKEN',
  'GITOPS_E2E_GITEA_ORGANIZATION',
] as const;

/**
 * Reads from the environment which clusters and which Gitea to use.
 *
 * @returns undefined when none of the settings is there: everything is started
 * @throws Error naming what is missing when only some are there
 */
export function readExistingControlPlane(
  environment: NodeJS.ProcessEnv = process.env,
): ExistingControlPlane | undefined {
  const missing = SETTINGS.filter(name => !environment[name]);
  if (missing.length === SETTINGS.length) {
    return undefined;
  }
  if (missing.length > 0) {
    throw new Error(
      `to use what runs already, set ${missing.join(
        ', ',
      )}, too; to start everything, unset all of GITOPS_E2E_KUBECONFIG and GITOPS_E2E_GITEA_*`,
    );
  }
  const [kubeconfig, url, username, token, organization] = SETTINGS.map(
    name => environment[name]!,
  );
  return {
    kubeconfig,
    gitea: { url: url.replace(/\/+$/, ''), username, token, organization },
  };
}

/** How one context of a kubeconfig reaches its cluster. */
export interface KubernetesAccess {
  url: string;
  /** PEM; where it is absent and `insecure` is not set, the system's authorities. */
  ca?: string;
  insecure?: boolean;
  token?: string;
  /** PEM of a client certificate and its key. */
  certificate?: { cert: string; key: string };
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: Record<string, unknown> }[];
  users?: { name: string; user: Record<string, unknown> }[];
}

/**
 * Reads the access to the first clusters of a kubeconfig, that of the current
 * context first.
 *
 * @throws Error when there are fewer, or when one is reached in a way that is
 * not understood here
 */
export async function readKubeconfig(
  path: string,
  count: number,
): Promise<KubernetesAccess[]> {
  const config = parse(await readFile(path, 'utf8')) as Kubeconfig;
  const isCurrent = ({ name }: { name: string }) =>
    name === config['current-context'];
  const contexts = [
    ...(config.contexts ?? []).filter(isCurrent),
    ...(config.contexts ?? []).filter(context => !isCurrent(context)),
  ];
  if (contexts.length < count) {
    throw new Error(
      `${path} has ${contexts.length} contexts, and ${count} clusters are asked for`,
    );
  }
  return Promise.all(
    contexts.slice(0, count).map(async ({ name, context }) => {
      const cluster = config.clusters?.find(
        item => item.name === context.cluster,
      )?.cluster;
      const user = config.users?.find(item => item.name === context.user)?.user;
      const text = async (
        section: Record<string, unknown> | undefined,
        key: string,
      ) => {
        const data = section?.[`${key}-data`];
        if (typeof data === 'string') {
          return Buffer.from(data, 'base64').toString('utf8');
        }
        const file = section?.[key];
        return typeof file === 'string'
          ? readFile(resolve(dirname(path), file), 'utf8')
          : undefined;
      };
      const url = cluster?.server;
      const token = user?.token;
      const cert = await text(user, 'client-certificate');
      const key = await text(user, 'client-key');
      if (
        typeof url !== 'string' ||
        (typeof token !== 'string' && !(cert && key))
      ) {
        throw new Error(
          `context '${name}' of ${path} needs a server, and a user with a token or a client certificate`,
        );
      }
      return {
        url: url.replace(/\/+$/, ''),
        ca: await text(cluster, 'certificate-authority'),
        insecure: cluster?.['insecure-skip-tls-verify'] === true,
        ...(typeof token === 'string' && { token }),
        ...(cert && key && { certificate: { cert, key } }),
      };
    }),
  );
}

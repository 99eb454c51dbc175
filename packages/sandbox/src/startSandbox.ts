import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Faults } from './faults/Faults';
import { startFlux } from './flux/startFlux';
import { GitHostOrganization, GitHostUser } from './git/accounts';
import { RunningGitHost, startGitHost } from './git/startGitHost';
import { TokenUser } from './kubernetes/access/Authenticator';
import { createKubernetesApi } from './kubernetes/createKubernetesApi';
import { ObjectStore } from './kubernetes/ObjectStore';

/** One cluster to run. */
export interface SandboxClusterOptions {
  /** DNS label; names its folder, too. */
  name: string;
  /** 0 or absent takes a free one. */
  port?: number;
  /** Users beside the administrator; what they may do is up to roles and bindings. */
  users?: readonly TokenUser[];
}

/** Options of {@link startSandbox}. */
export interface SandboxOptions {
  /** Everything is kept here; one process at a time. */
  dataDir: string;
  /** Port of the Git host; 0 or absent takes a free one. */
  gitPort?: number;
  /** One cluster named `sandbox` when absent. */
  clusters?: readonly SandboxClusterOptions[];
  /** Accounts at the Git host beside `sandbox-admin`; `developer` when absent. */
  users?: readonly GitHostUser[];
  /** Organizations at the Git host; `platform` when absent. */
  organizations?: readonly GitHostOrganization[];
  /** Seconds between watch bookmarks; 60 when absent. */
  bookmarkSeconds?: number;
  /** Time a pod takes to become ready, milliseconds. */
  podReadyMs?: number;
  /** Told of the sandbox's own mistakes. */
  logger?: { error(message: string): void };
}

/** A cluster that listens. */
export interface SandboxCluster {
  name: string;
  /** Root of the Kubernetes API. */
  url: string;
  /** Bearer token of the administrator; kept across restarts. */
  token: string;
  /** The same state, in process. */
  store: ObjectStore;
  /** Switches misbehaviour on and off. */
  faults: Faults;
}

/** A sandbox at work. */
export interface Sandbox {
  git: Omit<RunningGitHost, 'stop'>;
  clusters: SandboxCluster[];
  /** No process, connection or timer is left when this resolves. */
  stop(): Promise<void>;
}

const CLUSTER_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A secret that is made once and kept, readable for the owner of the file only. */
function keptSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
  const secret = randomBytes(24).toString('base64url');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/**
 * Starts a sandbox on loopback: a Git host and, for each cluster, a Kubernetes
 * API with controllers that behave like Flux. What it knows survives a restart
 * and a kill with the same `dataDir`; keep the ports, too, since objects in the
 * clusters name the Git host by its address.
 *
 * @throws the listening error when a port is taken; nothing is left running then
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataDir, logger } = options;
  const clusters = options.clusters ?? [{ name: 'sandbox' }];
  const badName = clusters.find(({ name }) => !CLUSTER_NAME.test(name));
  if (badName) {
    throw new Error(
      `cluster name '${badName.name}' must consist of lower case letters, digits and '-'`,
    );
  }
  // Last started, first stopped.
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) {
      await end();
    }
  };
  try {
    const { stop: stopGit, ...git } = await startGitHost({
      dataDir: join(dataDir, 'git'),
      port: options.gitPort,
      users: options.users,
      organizations: options.organizations,
    });
    stops.push(stopGit);
    const running: SandboxCluster[] = [];
    for (const { name, port, users } of clusters) {
      const folder = join(dataDir, 'clusters', name);
      const token = keptSecret(join(folder, 'admin-token'));
      const api = createKubernetesApi({
        name,
        token,
        users,
        dataDir: join(folder, 'api'),
        podReadyMs: options.podReadyMs,
        ...(options.bookmarkSeconds === undefined
          ? {}
          : { bookmarkIntervalMs: options.bookmarkSeconds * 1_000 }),
      });
      stops.push(() => api.stop());
      const flux = startFlux({
        store: api.store,
        dataDir: join(folder, 'flux'),
        onError: message => logger?.error(`cluster ${name}: ${message}`),
      });
      stops.push(() => flux.stop());
      const { url } = await api.listen(port);
      running.push({ name, url, token, store: api.store, faults: api.faults });
    }
    return { git, clusters: running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import express from 'express';
import { GitHostOrganization, GitHostUser } from './accounts';
import { createApiRouter } from './api/createApiRouter';
import { GitHost } from './GitHost';
import { createPagesRouter } from './pages/createPagesRouter';
import { createSmartHttpRouter } from './smartHttp';

/** Options of {@link startGitHost}. */
export interface StartGitHostOptions {
  /** Repositories and tokens are kept here. */
  dataDir: string;
  /** 0 takes a free one. */
  port?: number;
  users?: readonly GitHostUser[];
  organizations?: readonly GitHostOrganization[];
}

/** A Git host that listens. */
export interface RunningGitHost {
  /** Root, without a trailing slash. */
  url: string;
  /** Name and port, as in `integrations.gitea[].host`. */
  host: string;
  /** The account that may do everything. */
  admin: { username: string; password: string; token: string };
  /** Closes the port and ends every `git` process that serves it. */
  stop(): Promise<void>;
}

const ADMIN = 'sandbox-admin';

/** Accounts of a sandbox that is not told otherwise. */
export const defaultOrganizations: readonly GitHostOrganization[] = [
  {
    name: 'platform',
    fullName: 'Platform (sandbox)',
    owners: [ADMIN],
    members: ['developer'],
  },
];

/** An ordinary account, without rights of its own outside of `platform`. */
export const defaultUsers: readonly GitHostUser[] = [
  {
    username: 'developer',
    password: 'developer',
    fullName: 'Developer (sandbox)',
  },
];

/**
 * Starts the sandbox's Git host on loopback: Git over smart HTTP, the part of
 * Gitea's REST API that a portal uses, and pages for people, all on one port.
 * The account `sandbox-admin` is always there; its password and token are made
 * at the first start and kept.
 *
 * @throws the listening error when the port is taken
 */
export async function startGitHost(
  options: StartGitHostOptions,
): Promise<RunningGitHost> {
  await mkdir(options.dataDir, { recursive: true });
  const admin: GitHostUser = {
    username: ADMIN,
    fullName: 'Portal (sandbox)',
    admin: true,
    password: '',
  };
  const host = await GitHost.open({
    dataDir: options.dataDir,
    users: [admin, ...(options.users ?? defaultUsers)],
    organizations: options.organizations ?? defaultOrganizations,
  });
  admin.password = host.state.adminPassword;
  host.state.addToken(ADMIN, 'portal', host.state.adminToken, ['all']);

  const processes = new Set<ChildProcess>();
  const app = express();
  app.disable('x-powered-by');
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;

  app.use('/api/v1', createApiRouter(host, url));
  app.use(
    createSmartHttpRouter(host, child => {
      processes.add(child);
      child.once('close', () => processes.delete(child));
    }),
  );
  app.use(createPagesRouter(host));

  return {
    url,
    host: address,
    admin: {
      username: ADMIN,
      password: host.state.adminPassword,
      token: host.state.adminToken,
    },
    stop: async () => {
      for (const child of processes) {
        child.kill('SIGKILL');
      }
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

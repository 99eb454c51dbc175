import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { moduleSource } from './build';
import type { ExistingControlPlane } from './existing';
import { freePorts } from './freePorts';
import { ManagedProcess } from './ManagedProcess';
import { sshHostKey } from './sshHostKey';
import { waitUntil } from './waitUntil';

const run = promisify(execFile);

/** A Gitea on loopback with an administrator, an organization and a token. */
export class Gitea {
  readonly #process: ManagedProcess | undefined;

  private constructor(
    readonly url: string,
    /** As in Backstage's `integrations`: name and port. */
    readonly host: string,
    readonly username: string,
    readonly password: string,
    /** Access token of the administrator, all scopes. */
    readonly token: string,
    readonly organization: string,
    /** Absent for one that runs already. */
    readonly ssh?: { port: number; knownHosts: string },
    process?: ManagedProcess,
  ) {
    this.#process = process;
  }

  /** Uses a Gitea that runs already. */
  static attach(options: ExistingControlPlane['gitea']): Gitea {
    const { url, username, token, organization } = options;
    const { host } = new URL(url);
    // Its API takes a token in place of the password.
    return new Gitea(url, host, username, token, token, organization);
  }

  static async start(options: {
    program: string;
    folder: string;
  }): Promise<Gitea> {
    const folder = join(options.folder, 'gitea');
    await mkdir(folder, { recursive: true });
    const [port, sshPort] = await freePorts(2);
    const host = `localhost:${port}`;
    const url = `http://${host}`;
    const config = join(folder, 'app.ini');
    const hostKey = sshHostKey();
    const hostKeyFile = join(folder, 'ssh-host-key.pem');
    await writeFile(hostKeyFile, hostKey.privateKey, { mode: 0o600 });
    await writeFile(
      config,
      `APP_NAME = Gitea
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${folder}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = ${url}/
STATIC_ROOT_PATH = ${await moduleSource('gitea', 'code.gitea.io/gitea')}
START_SSH_SERVER = true
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = ${sshPort}
SSH_DOMAIN = localhost
SSH_PORT = ${sshPort}
BUILTIN_SSH_SERVER_USER = git
SSH_SERVER_HOST_KEYS = ${hostKeyFile}
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${join(folder, 'gitea.db')}
[security]
INSTALL_LOCK = true
SECRET_KEY = ${randomBytes(24).toString('hex')}
INTERNAL_TOKEN = ${randomBytes(24).toString('hex')}
[service]
DISABLE_REGISTRATION = true
[repository]
DEFAULT_BRANCH = main
[log]
LEVEL = Warn
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[webhook]
ALLOWED_HOST_LIST = loopback
`,
    );
    const process = new ManagedProcess({
      name: 'gitea',
      command: [options.program, 'web', '--config', config],
      environment: { HOME: folder, GITEA_WORK_DIR: folder, USER: 'root' },
      folder,
      logFile: join(folder, 'gitea.log'),
    });
    process.start();
    try {
      await waitUntil(
        'Gitea',
        async () => (await fetch(`${url}/api/healthz`)).ok,
        { limitMs: 60_000, hopeless: () => !process.running },
      );
      const username = 'gitops-admin';
      const password = randomBytes(16).toString('hex');
      await run(
        options.program,
        [
          ...['admin', 'user', 'create', '--config', config, '--admin'],
          ...['--username', username, '--password', password],
          ...['--email', 'admin@example.com', '--must-change-password=false'],
        ],
        { cwd: folder, env: { ...globalThis.process.env, HOME: folder } },
      );
      const basic = `Basic ${Buffer.from(`${username}:${password}`).toString(
        'base64',
      )}`;
      const create = async (path: string, body: unknown) => {
        const response = await fetch(`${url}/api/v1${path}`, {
          method: 'POST',
          headers: { authorization: basic, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        if (!response.ok) {
          throw new Error(`Gitea: POST ${path}: ${response.status} ${text}`);
        }
        return JSON.parse(text);
      };
      const { sha1: token } = await create(`/users/${username}/tokens`, {
        name: 'portal',
        scopes: ['all'],
      });
      const organization = 'platform';
      await create('/orgs', { username: organization, visibility: 'public' });
      return new Gitea(
        url,
        host,
        username,
        password,
        token,
        organization,
        {
          port: sshPort,
          knownHosts: `[localhost]:${sshPort} ${hostKey.publicKey}\n`,
        },
        process,
      );
    } catch (error) {
      const tail = await process.logTail();
      await process.stop();
      throw new Error(`Gitea did not come up: ${error}\n${tail}`);
    }
  }

  /** Calls its REST API as the administrator; undefined for 404. */
  async request<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<T | undefined> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `token ${this.token}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status === 404) {
      return undefined;
    }
    if (!response.ok) {
      throw new Error(`Gitea: ${method} ${path}: ${response.status} ${text}`);
    }
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  GitHostOrganization,
  GitHostUser,
  includesRight,
  Right,
} from './accounts';
import { runGit } from './git';
import { GitHostState, StoredRepository } from './GitHostState';

/** Who makes a request, and with what. */
export interface Caller {
  user: GitHostUser;
  /** Undefined for a password, which may do whatever the user may. */
  scopes?: string[];
}

/** Result of looking at the `Authorization` header. */
export type Authentication =
  | { kind: 'anonymous' }
  | { kind: 'caller'; caller: Caller }
  | { kind: 'refused' };

/** Options of {@link GitHost.open}. */
export interface GitHostOptions {
  dataDir: string;
  users: readonly GitHostUser[];
  organizations: readonly GitHostOrganization[];
}

/**
 * Accounts, rights and repositories of the sandbox's Git host; knows nothing of
 * HTTP. Users and organizations come from the options of each start; tokens,
 * repositories and commits are kept in `dataDir`.
 */
export class GitHost {
  static async open(options: GitHostOptions): Promise<GitHost> {
    const state = GitHostState.open(join(options.dataDir, 'host.json'));
    const host = new GitHost(options, state);
    for (const account of [
      ...options.users.map(user => user.username),
      ...options.organizations.map(organization => organization.name),
    ]) {
      state.accountId(account);
    }
    for (const user of options.users) {
      for (const { name, token, scopes } of user.tokens ?? []) {
        state.addToken(user.username, name, token, scopes ?? ['all']);
      }
    }
    await rm(host.trash, { recursive: true, force: true });
    return host;
  }

  private readonly trash: string;

  private constructor(
    private readonly options: GitHostOptions,
    readonly state: GitHostState,
  ) {
    this.trash = join(options.dataDir, 'trash');
  }

  get users(): readonly GitHostUser[] {
    return this.options.users;
  }

  get organizations(): readonly GitHostOrganization[] {
    return this.options.organizations;
  }

  findUser(login: string): GitHostUser | undefined {
    return this.options.users.find(
      user => user.username.toLowerCase() === login.toLowerCase(),
    );
  }

  findOrganization(name: string): GitHostOrganization | undefined {
    return this.options.organizations.find(
      organization => organization.name.toLowerCase() === name.toLowerCase(),
    );
  }

  /**
   * Reads an `Authorization` header: `token T`, `Bearer T`, or `Basic` with a
   * password, with a token as password, or with a token as user name.
   */
  authenticate(header: string | undefined): Authentication {
    if (!header) {
      return { kind: 'anonymous' };
    }
    const [scheme, value = ''] = header.trim().split(/\s+/, 2);
    if (/^(token|bearer)$/i.test(scheme)) {
      return this.byToken(value);
    }
    if (/^basic$/i.test(scheme)) {
      const pair = Buffer.from(value, 'base64').toString('utf8');
      const colon = pair.indexOf(':');
      const username = colon < 0 ? pair : pair.slice(0, colon);
      const password = colon < 0 ? '' : pair.slice(colon + 1);
      const user = this.findUser(username);
      if (user && password !== '' && user.password === password) {
        return { kind: 'caller', caller: { user } };
      }
      const isTokenWord = password === '' || password === 'x-oauth-basic';
      return this.byToken(isTokenWord ? username : password);
    }
    return { kind: 'refused' };
  }

  private byToken(token: string): Authentication {
    const stored = token ? this.state.findToken(token) : undefined;
    const user = stored && this.findUser(stored.user);
    return user
      ? { kind: 'caller', caller: { user, scopes: stored.scopes } }
      : { kind: 'refused' };
  }

  /** What a user, or nobody in particular, may do with a repository. */
  rightOn(repository: StoredRepository, user: GitHostUser | undefined): Right {
    const found: Right[] = [repository.private ? 'none' : 'read'];
    if (user) {
      const login = user.username;
      const organization = this.findOrganization(repository.owner);
      if (
        user.admin ||
        login.toLowerCase() === repository.owner.toLowerCase() ||
        organization?.owners?.includes(login)
      ) {
        found.push('owner');
      }
      if (organization?.members?.includes(login)) {
        found.push('write');
      }
      if (organization?.readers?.includes(login)) {
        found.push('read');
      }
      const given = repository.collaborators[login];
      if (given) {
        found.push(given);
      }
    }
    return found.reduce((a, b) => (includesRight(b, a) ? b : a));
  }

  mayCreateIn(organization: GitHostOrganization, user: GitHostUser): boolean {
    return Boolean(
      user.admin ||
        organization.owners?.includes(user.username) ||
        organization.members?.includes(user.username),
    );
  }

  /** Directory of the bare repository. */
  directoryOf(repository: Pick<StoredRepository, 'owner' | 'name'>): string {
    return join(
      this.options.dataDir,
      'repositories',
      repository.owner.toLowerCase(),
      `${repository.name.toLowerCase()}.git`,
    );
  }

  /** Makes an empty repository; the caller has checked that the name is free. */
  async createRepository(
    repository: Omit<
      StoredRepository,
      | 'id'
      | 'createdAt'
      | 'updatedAt'
      | 'formerNames'
      | 'deployKeys'
      | 'pullRequests'
    >,
  ): Promise<StoredRepository> {
    const now = new Date().toISOString();
    const directory = this.directoryOf(repository);
    // Left behind when a process was killed between the two writes below.
    await rm(directory, { recursive: true, force: true });
    await runGit([
      'init',
      '--quiet',
      '--bare',
      `--initial-branch=${repository.defaultBranch}`,
      directory,
    ]);
    return this.state.addRepository({
      ...repository,
      createdAt: now,
      updatedAt: now,
      formerNames: [],
      deployKeys: [],
      pullRequests: [],
    });
  }

  async setDefaultBranch(
    repository: StoredRepository,
    branch: string,
  ): Promise<void> {
    await runGit(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], {
      gitDir: this.directoryOf(repository),
    });
    this.state.changeRepository(repository.id, { defaultBranch: branch });
  }

  /** Renames a repository or hands it over; its old name leads to it from then on. */
  async moveRepository(
    repository: StoredRepository,
    to: { owner?: string; name?: string },
  ): Promise<void> {
    const target = { owner: repository.owner, name: repository.name, ...to };
    const from = this.directoryOf(repository);
    const directory = this.directoryOf(target);
    if (from !== directory) {
      await mkdir(dirname(directory), { recursive: true });
      await rename(from, directory);
    }
    const former = `${repository.owner}/${repository.name}`.toLowerCase();
    this.state.changeRepository(repository.id, {
      ...target,
      formerNames: [
        ...repository.formerNames.filter(name => name !== former),
        former,
      ],
    });
  }

  async deleteRepository(repository: StoredRepository): Promise<void> {
    const directory = this.directoryOf(repository);
    this.state.removeRepository(repository.id);
    if (existsSync(directory)) {
      await mkdir(this.trash, { recursive: true });
      const grave = join(this.trash, randomUUID());
      await rename(directory, grave);
      await rm(grave, { recursive: true, force: true });
    }
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod/v3';

const storedTokenSchema = z.object({
  id: z.number(),
  user: z.string(),
  name: z.string(),
  sha256: z.string(),
  lastEight: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
});

const storedDeployKeySchema = z.object({
  id: z.number(),
  title: z.string(),
  /** As in an `authorized_keys` file. */
  key: z.string(),
  fingerprint: z.string(),
  readOnly: z.boolean(),
  createdAt: z.string(),
});

const storedPullRequestSchema = z.object({
  id: z.number(),
  number: z.number(),
  title: z.string(),
  body: z.string(),
  head: z.string(),
  base: z.string(),
  author: z.string(),
  closed: z.boolean(),
  createdAt: z.string(),
  merged: z
    .object({ commit: z.string(), head: z.string(), at: z.string() })
    .optional(),
});

const storedRepositorySchema = z.object({
  id: z.number(),
  owner: z.string(),
  name: z.string(),
  description: z.string(),
  website: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  defaultBranch: z.string(),
  topics: z.array(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Rights given to single users, by login. */
  collaborators: z.record(z.enum(['read', 'write', 'admin'])),
  /** `owner/name` in lower case, before it was renamed or handed over. */
  formerNames: z.array(z.string()).default([]),
  deployKeys: z.array(storedDeployKeySchema).default([]),
  pullRequests: z.array(storedPullRequestSchema).default([]),
});

const stateSchema = z.object({
  lastId: z.number(),
  /** Ids of users and organizations, by login. */
  accounts: z.record(z.number()),
  adminPassword: z.string(),
  adminToken: z.string(),
  tokens: z.array(storedTokenSchema),
  repositories: z.array(storedRepositorySchema),
});

/** An access token, known by its digest only. */
export type StoredToken = z.infer<typeof storedTokenSchema>;
/** A repository as the host records it; its commits are in the bare repository. */
export type StoredRepository = z.infer<typeof storedRepositorySchema>;
/** A key that reaches one repository. The sandbox has no SSH to use it with. */
export type StoredDeployKey = z.infer<typeof storedDeployKeySchema>;
/** A pull request; what it would merge is in the bare repository. */
export type StoredPullRequest = z.infer<typeof storedPullRequestSchema>;

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A token in Gitea's form: 40 hexadecimal digits. */
export function newToken(): string {
  return randomBytes(20).toString('hex');
}

/**
 * What the Git host remembers besides the commits. Every change is on disk when
 * the call returns: the file is replaced as a whole, so a killed process leaves
 * either the old or the new one.
 */
export class GitHostState {
  static open(file: string): GitHostState {
    mkdirSync(dirname(file), { recursive: true });
    let text: string | undefined;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw error;
      }
    }
    const state = new GitHostState(
      file,
      text
        ? stateSchema.parse(JSON.parse(text))
        : {
            lastId: 0,
            accounts: {},
            adminPassword: randomBytes(12).toString('base64url'),
            adminToken: newToken(),
            tokens: [],
            repositories: [],
          },
    );
    state.save();
    return state;
  }

  private constructor(
    private readonly file: string,
    private readonly data: z.infer<typeof stateSchema>,
  ) {}

  get adminPassword(): string {
    return this.data.adminPassword;
  }

  get adminToken(): string {
    return this.data.adminToken;
  }

  get repositories(): readonly StoredRepository[] {
    return this.data.repositories;
  }

  /** The same login keeps its id across restarts. */
  accountId(login: string): number {
    const key = login.toLowerCase();
    if (this.data.accounts[key] === undefined) {
      this.data.accounts[key] = this.nextId();
      this.save();
    }
    return this.data.accounts[key];
  }

  findRepository(owner: string, name: string): StoredRepository | undefined {
    return this.data.repositories.find(
      repository =>
        repository.owner.toLowerCase() === owner.toLowerCase() &&
        repository.name.toLowerCase() === name.toLowerCase(),
    );
  }

  /** A repository that once had this name, which nobody else has taken since. */
  findMoved(owner: string, name: string): StoredRepository | undefined {
    const former = `${owner}/${name}`.toLowerCase();
    return this.data.repositories.find(({ formerNames }) =>
      formerNames.includes(former),
    );
  }

  addRepository(repository: Omit<StoredRepository, 'id'>): StoredRepository {
    const stored = { id: this.nextId(), ...repository };
    this.data.repositories.push(stored);
    this.save();
    return stored;
  }

  changeRepository(id: number, change: Partial<StoredRepository>): void {
    const repository = this.data.repositories.find(other => other.id === id);
    if (repository) {
      Object.assign(repository, change);
      this.save();
    }
  }

  addDeployKey(
    repository: StoredRepository,
    key: Omit<StoredDeployKey, 'id' | 'createdAt'>,
  ): StoredDeployKey {
    const stored = {
      id: this.nextId(),
      createdAt: new Date().toISOString(),
      ...key,
    };
    this.changeRepository(repository.id, {
      deployKeys: [...repository.deployKeys, stored],
    });
    return stored;
  }

  addPullRequest(
    repository: StoredRepository,
    request: Pick<
      StoredPullRequest,
      'title' | 'body' | 'head' | 'base' | 'author'
    >,
  ): StoredPullRequest {
    const stored = {
      id: this.nextId(),
      number: repository.pullRequests.length + 1,
      closed: false,
      createdAt: new Date().toISOString(),
      ...request,
    };
    this.changeRepository(repository.id, {
      pullRequests: [...repository.pullRequests, stored],
    });
    return stored;
  }

  changePullRequest(
    repository: StoredRepository,
    number: number,
    change: Partial<StoredPullRequest>,
  ): void {
    this.changeRepository(repository.id, {
      pullRequests: repository.pullRequests.map(request =>
        request.number === number ? { ...request, ...change } : request,
      ),
    });
  }

  removeRepository(id: number): void {
    this.data.repositories = this.data.repositories.filter(
      repository => repository.id !== id,
    );
    this.save();
  }

  tokensOf(user: string): StoredToken[] {
    return this.data.tokens.filter(token => token.user === user);
  }

  /** Remembers the digest of a token; adding one that is known changes nothing. */
  addToken(
    user: string,
    name: string,
    token: string,
    scopes: string[],
  ): StoredToken {
    const known = this.findToken(token);
    if (known) {
      return known;
    }
    const stored: StoredToken = {
      id: this.nextId(),
      user,
      name,
      sha256: digest(token),
      lastEight: token.slice(-8),
      scopes,
      createdAt: new Date().toISOString(),
    };
    this.data.tokens.push(stored);
    this.save();
    return stored;
  }

  findToken(token: string): StoredToken | undefined {
    const sha256 = digest(token);
    return this.data.tokens.find(stored => stored.sha256 === sha256);
  }

  removeToken(id: number): void {
    this.data.tokens = this.data.tokens.filter(token => token.id !== id);
    this.save();
  }

  private nextId(): number {
    this.data.lastId += 1;
    return this.data.lastId;
  }

  private save(): void {
    const temporary = `${this.file}.new`;
    writeFileSync(temporary, `${JSON.stringify(this.data, undefined, 2)}\n`, {
      mode: 0o600,
    });
    renameSync(temporary, this.file);
  }
}

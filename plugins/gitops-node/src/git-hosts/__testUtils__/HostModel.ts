import { createHash } from 'node:crypto';

/** A commit of the model, with its whole tree. */
export interface ModelCommit {
  sha: string;
  message: string;
  author: string;
  date: string;
  parents: string[];
  files: ReadonlyMap<string, string>;
}

export interface ModelPullRequest {
  number: number;
  title: string;
  head: string;
  base: string;
  closed: boolean;
  merged?: { commit: string; head: string };
}

export interface ModelRepository {
  id: number;
  owner: string;
  name: string;
  description: string;
  visibility: 'private' | 'internal' | 'public';
  archived: boolean;
  topics: string[];
  createdAt: string;
  defaultBranch: string;
  branches: Map<string, string>;
  commits: Map<string, ModelCommit>;
  keys: { id: number; title: string; key: string; readOnly: boolean }[];
  tokens: {
    id: number;
    name: string;
    token: string;
    expiresAt: string | null;
  }[];
  pulls: ModelPullRequest[];
  formerNames: string[];
}

/** A token that the doubles know. */
export interface ModelToken {
  /** Undefined for one of an app. */
  user?: string;
  /** Undefined where the host does not tell them. */
  scopes?: string[];
  expiresAt?: string;
}

export const ORGANIZATION = 'platform';
export const USER = 'maria';
/** Has an account, and no rights in the organization. */
export const OUTSIDER = 'otto';

/** What is behind the doubles of hosts: repositories and commits without Git. */
export class HostModel {
  readonly repositories: ModelRepository[] = [];
  readonly tokens = new Map<string, ModelToken>();
  private lastId = 1000;

  id(): number {
    this.lastId += 1;
    return this.lastId;
  }

  userId(username: string): number {
    return username === USER ? 11 : 12;
  }

  create(
    wish: Pick<
      ModelRepository,
      'owner' | 'name' | 'description' | 'visibility' | 'defaultBranch'
    >,
  ): ModelRepository {
    const repository: ModelRepository = {
      id: this.id(),
      archived: false,
      topics: [],
      createdAt: '2026-02-03T04:05:06Z',
      branches: new Map(),
      commits: new Map(),
      keys: [],
      tokens: [],
      pulls: [],
      formerNames: [],
      ...wish,
    };
    this.repositories.push(repository);
    return repository;
  }

  find(owner: string, name: string): ModelRepository | undefined {
    return this.repositories.find(
      other =>
        other.owner === owner &&
        other.name.toLowerCase() === name.toLowerCase(),
    );
  }

  findMoved(owner: string, name: string): ModelRepository | undefined {
    return this.repositories.find(({ formerNames }) =>
      formerNames.includes(`${owner}/${name}`),
    );
  }

  rename(repository: ModelRepository, name: string): void {
    repository.formerNames.push(`${repository.owner}/${repository.name}`);
    repository.name = name;
  }

  remove(repository: ModelRepository): void {
    this.repositories.splice(this.repositories.indexOf(repository), 1);
  }

  /** Adds files on top of a branch, which begins at the default one if it is new. */
  commit(
    repository: ModelRepository,
    branch: string,
    files: Record<string, string>,
    message: string,
  ): string {
    const parent =
      repository.branches.get(branch) ??
      repository.branches.get(repository.defaultBranch);
    const before = parent ? repository.commits.get(parent) : undefined;
    return this.add(repository, branch, {
      message,
      parents: parent ? [parent] : [],
      files: new Map([...(before?.files ?? []), ...Object.entries(files)]),
    });
  }

  /** Commits of `head` that `base` lacks, oldest first. */
  between(
    repository: ModelRepository,
    base: string,
    head: string,
  ): ModelCommit[] {
    const known = new Set(this.history(repository, base).map(({ sha }) => sha));
    return this.history(repository, head)
      .filter(({ sha }) => !known.has(sha))
      .reverse();
  }

  /** Paths whose content differs. */
  changed(repository: ModelRepository, base: string, head: string): string[] {
    const [from, to] = [base, head].map(
      sha => repository.commits.get(sha)?.files ?? new Map<string, string>(),
    );
    return [...new Set([...from.keys(), ...to.keys()])].filter(
      path => from.get(path) !== to.get(path),
    );
  }

  resolve(repository: ModelRepository, ref: string): string | undefined {
    return (
      repository.branches.get(ref) ??
      (repository.commits.has(ref) ? ref : undefined)
    );
  }

  /** Whether both branches changed the same path differently. */
  conflicts(repository: ModelRepository, pull: ModelPullRequest): boolean {
    const [base, head] = [pull.base, pull.head].map(
      name => repository.branches.get(name) ?? '',
    );
    const common = this.history(repository, base).find(({ sha }) =>
      this.history(repository, head).some(other => other.sha === sha),
    );
    const ours = new Set(this.changed(repository, common?.sha ?? '', base));
    return this.changed(repository, common?.sha ?? '', head).some(
      path =>
        ours.has(path) && this.changed(repository, base, head).includes(path),
    );
  }

  merge(repository: ModelRepository, pull: ModelPullRequest): void {
    const base = repository.branches.get(pull.base) ?? '';
    const head = repository.branches.get(pull.head) ?? '';
    const commit = this.add(repository, pull.base, {
      message: `Merge ${pull.head}`,
      parents: [base, head],
      files: new Map([
        ...(repository.commits.get(base)?.files ?? []),
        ...(repository.commits.get(head)?.files ?? []),
      ]),
    });
    pull.closed = true;
    pull.merged = { commit, head };
  }

  private add(
    repository: ModelRepository,
    branch: string,
    content: Pick<ModelCommit, 'message' | 'parents' | 'files'>,
  ): string {
    const date = new Date(
      Date.parse('2026-03-01T00:00:00Z') + repository.commits.size * 1000,
    ).toISOString();
    const sha = createHash('sha1')
      .update(JSON.stringify([content, [...content.files], date]))
      .digest('hex');
    repository.commits.set(sha, { sha, author: USER, date, ...content });
    if (repository.branches.size === 0) {
      repository.defaultBranch = branch;
    }
    repository.branches.set(branch, sha);
    return sha;
  }

  /** Newest first, by the first parent before the others. */
  private history(repository: ModelRepository, sha: string): ModelCommit[] {
    const found: ModelCommit[] = [];
    const queue = [sha];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const commit = repository.commits.get(next);
      if (commit && !found.includes(commit)) {
        found.push(commit);
        queue.push(...commit.parents);
      }
    }
    return found;
  }
}

import type {
  DoubleAnswer,
  DoubleRequest,
} from '../../__testUtils__/DoubleServer';
import { DoubleServer, Refusal } from '../../__testUtils__/DoubleServer';
import type {
  HostModel,
  ModelPullRequest,
  ModelRepository,
  ModelToken,
} from '../../__testUtils__/HostModel';
import { ORGANIZATION, OUTSIDER } from '../../__testUtils__/HostModel';
import { GithubDescription } from './GithubDescription';

const REPOSITORY = '/repos/{owner}/{repo}';
const HOST_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

/**
 * Answers as GitHub's REST API does, held to its published description: each request
 * and each answer is checked against it.
 */
export class GithubDouble {
  readonly server = new DoubleServer();
  private readonly description = new GithubDescription();

  constructor(private readonly model: HostModel) {
    this.addAccounts();
    this.addRepositories();
    this.addContents();
    this.addKeys();
    this.addPullRequests();
  }

  /** A route of the description, for those who sign in. */
  private on(
    operation: string,
    handler: (request: DoubleRequest, token: ModelToken) => DoubleAnswer,
  ): void {
    const [method, path] = operation.split(' ');
    this.server.on(method, path, request => {
      this.description.checkRequest(method, path, request.query, request.body);
      const { status, body, headers } = this.ask(request, handler);
      return {
        status,
        headers,
        // What GitHub refuses is not described for every operation.
        body:
          status >= 400
            ? body
            : this.description.answer(method, path, status, body),
      };
    });
  }

  private ask(
    request: DoubleRequest,
    handler: (request: DoubleRequest, token: ModelToken) => DoubleAnswer,
  ): DoubleAnswer {
    const token = this.model.tokens.get(request.token ?? '');
    if (!token) {
      throw refusal(401, 'Bad credentials');
    }
    const answer = handler(request, token);
    return {
      ...answer,
      headers: {
        ...(token.scopes && { 'x-oauth-scopes': token.scopes.join(', ') }),
        ...(token.expiresAt && {
          'github-authentication-token-expiration': token.expiresAt,
        }),
        ...answer.headers,
      },
    };
  }

  private repository(
    { params, method, path }: DoubleRequest,
    token: ModelToken,
    writing = false,
  ): ModelRepository {
    const { owner, repo } = params;
    const found = this.model.find(owner, repo);
    const moved = found ? undefined : this.model.findMoved(owner, repo);
    if (moved) {
      throw new Refusal({
        status: method === 'GET' ? 301 : 307,
        headers: {
          location:
            this.server.url +
            path.replace(
              `/repos/${owner}/${repo}`,
              `/repositories/${moved.id}`,
            ),
        },
        body: { message: 'Moved Permanently' },
      });
    }
    if (!found || (token.user === OUTSIDER && found.visibility === 'private')) {
      throw refusal(404, 'Not Found');
    }
    if (writing && token.user === OUTSIDER) {
      throw refusal(403, 'Must have admin rights to Repository.');
    }
    return found;
  }

  private addAccounts(): void {
    this.on('GET /user', (_, { user }) => {
      if (user === undefined) {
        throw refusal(403, 'Resource not accessible by integration');
      }
      return {
        status: 200,
        body: {
          id: this.model.userId(user),
          login: user,
          email: null,
          avatar_url: `${this.server.url}/avatars/${user}`,
          user_view_type: 'public',
        },
      };
    });
    this.on('GET /installation/repositories', (_, { user }) => {
      if (user !== undefined) {
        throw refusal(
          403,
          'You must authenticate with an installation access token',
        );
      }
      return { status: 200, body: { total_count: 0, repositories: [] } };
    });
    this.on('GET /meta', () => ({
      status: 200,
      body: {
        verifiable_password_authentication: false,
        ssh_keys: [HOST_KEY],
      },
    }));
    this.on('GET /orgs/{org}', ({ params }) => {
      if (params.org !== ORGANIZATION) {
        throw refusal(404, 'Not Found');
      }
      return {
        status: 200,
        body: { login: ORGANIZATION, members_can_create_repositories: true },
      };
    });
    this.on('GET /user/memberships/orgs/{org}', (_, { user }) => {
      if (user === OUTSIDER) {
        throw refusal(404, 'Not Found');
      }
      return { status: 200, body: { state: 'active', role: 'member' } };
    });
  }

  private addRepositories(): void {
    const create = (owner: string, body: Record<string, unknown>) => {
      const name = String(body.name);
      if (this.model.find(owner, name)) {
        throw new Refusal({
          status: 422,
          body: {
            message: 'Repository creation failed.',
            errors: [
              {
                resource: 'Repository',
                code: 'custom',
                field: 'name',
                message: 'name already exists on this account',
              },
            ],
          },
        });
      }
      const repository = this.model.create({
        owner,
        name,
        description: String(body.description),
        visibility: body.private ? 'private' : 'public',
        defaultBranch: 'main',
      });
      return { status: 201, body: this.document(repository) };
    };
    this.on('POST /user/repos', ({ body }, { user }) =>
      create(user ?? '', body),
    );
    this.on('POST /orgs/{org}/repos', ({ params, body }, { user }) => {
      if (user === OUTSIDER) {
        throw refusal(
          403,
          'You need admin access to the organization before adding a repository to it.',
        );
      }
      return create(params.org, body);
    });
    this.on(`GET ${REPOSITORY}`, (request, token) => ({
      status: 200,
      body: this.document(this.repository(request, token)),
    }));
    // Where redirects lead; not part of the published description.
    for (const [rest, answer] of [
      ['', (found: ModelRepository) => this.document(found)],
      ['/keys', ({ keys }: ModelRepository) => keys.map(keyDocument)],
    ] as const) {
      this.server.on('GET', `/repositories/{id}${rest}`, request =>
        this.ask(request, ({ params }) => {
          const found = this.model.repositories.find(
            ({ id }) => String(id) === params.id,
          );
          if (!found) {
            throw refusal(404, 'Not Found');
          }
          return {
            status: 200,
            body: this.description.answer(
              'GET',
              `${REPOSITORY}${rest}`,
              200,
              answer(found),
            ),
          };
        }),
      );
    }
    this.on(`GET ${REPOSITORY}/branches`, (request, token) => ({
      status: 200,
      body: [...this.repository(request, token).branches].map(
        ([name, sha]) => ({
          name,
          commit: { sha, url: `${this.server.url}/x` },
          protected: false,
        }),
      ),
    }));
    this.on(`GET ${REPOSITORY}/topics`, (request, token) => ({
      status: 200,
      body: { names: this.repository(request, token).topics },
    }));
    this.on(`PUT ${REPOSITORY}/topics`, (request, token) => {
      const repository = this.repository(request, token, true);
      repository.topics = request.body.names as string[];
      return { status: 200, body: { names: repository.topics } };
    });
  }

  private addContents(): void {
    const commitOf = (repository: ModelRepository, ref: string) => {
      const sha = this.model.resolve(repository, ref);
      const commit = sha && repository.commits.get(sha);
      if (!commit) {
        throw refusal(404, 'Not Found');
      }
      return commit;
    };
    this.on(`GET ${REPOSITORY}/git/ref/{ref}`, (request, token) => {
      const repository = this.repository(request, token);
      if (repository.branches.size === 0) {
        throw refusal(409, 'Git Repository is empty.');
      }
      const sha = repository.branches.get(
        request.params.ref.replace(/^heads\//, ''),
      );
      if (!sha) {
        throw refusal(404, 'Not Found');
      }
      return {
        status: 200,
        body: {
          ref: `refs/${request.params.ref}`,
          object: { sha, type: 'commit' },
        },
      };
    });
    this.on(`GET ${REPOSITORY}/git/commits/{commit_sha}`, (request, token) => {
      const repository = this.repository(request, token);
      if (repository.branches.size === 0) {
        throw refusal(409, 'Git Repository is empty.');
      }
      const commit = repository.commits.get(request.params.commit_sha);
      if (!commit) {
        throw refusal(404, 'Not Found');
      }
      return {
        status: 200,
        body: {
          sha: commit.sha,
          message: commit.message,
          author: { name: commit.author, date: commit.date },
          committer: { date: commit.date },
          html_url: this.page(repository, `/commit/${commit.sha}`),
        },
      };
    });
    this.on(`GET ${REPOSITORY}/compare/{basehead}`, (request, token) => {
      const repository = this.repository(request, token);
      const [base, head] = request.params.basehead
        .split('...')
        .map(ref => commitOf(repository, ref).sha);
      const commits = this.model.between(repository, base, head);
      return {
        status: 200,
        body: {
          html_url: this.page(repository, '/compare'),
          status: 'ahead',
          ahead_by: commits.length,
          total_commits: commits.length,
          commits: commits.map(commit => ({
            sha: commit.sha,
            html_url: this.page(repository, `/commit/${commit.sha}`),
            commit: {
              message: commit.message,
              author: { name: commit.author, date: commit.date },
              committer: { date: commit.date },
            },
          })),
          files: this.model
            .changed(repository, base, head)
            .map(filename => ({ filename })),
        },
      };
    });
    this.on(`GET ${REPOSITORY}/contents/{path}`, (request, token) => {
      const repository = this.repository(request, token);
      const { files } = commitOf(repository, request.query.get('ref') ?? '');
      const { path } = request.params;
      const content = files.get(path);
      const entry = (name: string) => ({
        type: 'file',
        size: files.get(name)?.length ?? 0,
        name: name.split('/').at(-1) ?? '',
        path: name,
        sha: blobOf(name),
      });
      if (content !== undefined) {
        // GitHub keeps back what is large.
        const large = content.length > 1_000_000;
        return {
          status: 200,
          body: {
            ...entry(path),
            encoding: large ? 'none' : 'base64',
            content: large ? '' : lines(base64(content)),
          },
        };
      }
      const children = [...files.keys()].filter(name =>
        name.startsWith(`${path}/`),
      );
      if (children.length === 0) {
        throw refusal(404, 'Not Found');
      }
      return { status: 200, body: children.map(entry) };
    });
    this.on(`GET ${REPOSITORY}/git/blobs/{file_sha}`, (request, token) => {
      const repository = this.repository(request, token);
      for (const { files } of repository.commits.values()) {
        for (const [name, content] of files) {
          if (blobOf(name) === request.params.file_sha) {
            return {
              status: 200,
              body: {
                content: lines(base64(content)),
                encoding: 'base64',
                sha: blobOf(name),
              },
            };
          }
        }
      }
      throw refusal(404, 'Not Found');
    });
  }

  private addKeys(): void {
    this.on(`GET ${REPOSITORY}/keys`, (request, token) => ({
      status: 200,
      body: paged(
        this.repository(request, token, true).keys,
        request.query,
      ).map(keyDocument),
    }));
    this.on(`POST ${REPOSITORY}/keys`, (request, token) => {
      const repository = this.repository(request, token, true);
      const { title, key, read_only: readOnly } = request.body;
      const content = String(key).split(' ').slice(0, 2).join(' ');
      if (
        this.model.repositories.some(({ keys }) =>
          keys.some(other => other.key === content),
        )
      ) {
        throw new Refusal({
          status: 422,
          body: {
            message: 'Validation Failed',
            errors: [
              {
                resource: 'PublicKey',
                code: 'custom',
                field: 'key',
                message: 'key is already in use',
              },
            ],
          },
        });
      }
      const made = {
        id: this.model.id(),
        title: String(title),
        key: content,
        readOnly: Boolean(readOnly),
      };
      repository.keys.push(made);
      return { status: 201, body: keyDocument(made) };
    });
    this.on(`DELETE ${REPOSITORY}/keys/{key_id}`, (request, token) => {
      const repository = this.repository(request, token, true);
      const left = repository.keys.filter(
        ({ id }) => String(id) !== request.params.key_id,
      );
      if (left.length === repository.keys.length) {
        throw refusal(404, 'Not Found');
      }
      repository.keys = left;
      return { status: 204 };
    });
  }

  private addPullRequests(): void {
    const simple = (repository: ModelRepository, pull: ModelPullRequest) => ({
      number: pull.number,
      title: pull.title,
      state: pull.closed ? 'closed' : 'open',
      html_url: this.page(repository, `/pull/${pull.number}`),
      head: {
        ref: pull.head,
        sha: repository.branches.get(pull.head) ?? '',
      },
      base: {
        ref: pull.base,
        sha: repository.branches.get(pull.base) ?? '',
      },
      merge_commit_sha: pull.merged?.commit ?? null,
    });
    const whole = (repository: ModelRepository, pull: ModelPullRequest) => ({
      ...simple(repository, pull),
      merged: pull.merged !== undefined,
      mergeable: pull.closed ? null : !this.model.conflicts(repository, pull),
    });
    const pullOf = (request: DoubleRequest, repository: ModelRepository) => {
      const pull = repository.pulls.find(
        ({ number }) => String(number) === request.params.pull_number,
      );
      if (!pull) {
        throw refusal(404, 'Not Found');
      }
      return pull;
    };
    this.on(`GET ${REPOSITORY}/pulls`, (request, token) => {
      const repository = this.repository(request, token);
      const { query } = request;
      return {
        status: 200,
        body: repository.pulls
          .filter(
            pull =>
              !pull.closed &&
              query.get('head') === `${repository.owner}:${pull.head}` &&
              query.get('base') === pull.base,
          )
          .map(pull => simple(repository, pull)),
      };
    });
    this.on(`POST ${REPOSITORY}/pulls`, (request, token) => {
      const repository = this.repository(request, token);
      const { title, head, base } = request.body as Record<string, string>;
      const refused = (message: string) =>
        new Refusal({
          status: 422,
          body: {
            message: 'Validation Failed',
            errors: [{ resource: 'PullRequest', code: 'custom', message }],
          },
        });
      if (!repository.branches.has(head)) {
        throw refused('head is invalid');
      }
      if (
        repository.pulls.some(
          pull => !pull.closed && pull.head === head && pull.base === base,
        )
      ) {
        throw refused(
          `A pull request already exists for ${repository.owner}:${head}.`,
        );
      }
      const pull = {
        number: repository.pulls.length + 1,
        title,
        head,
        base,
        closed: false,
      };
      repository.pulls.push(pull);
      return { status: 201, body: whole(repository, pull) };
    });
    const one = `${REPOSITORY}/pulls/{pull_number}`;
    this.on(`GET ${one}`, (request, token) => {
      const repository = this.repository(request, token);
      return {
        status: 200,
        body: whole(repository, pullOf(request, repository)),
      };
    });
    this.on(`PUT ${one}/merge`, (request, token) => {
      const repository = this.repository(request, token, true);
      const pull = pullOf(request, repository);
      if (pull.closed || this.model.conflicts(repository, pull)) {
        throw refusal(405, 'Pull Request is not mergeable');
      }
      if (request.body.sha !== repository.branches.get(pull.head)) {
        throw refusal(
          409,
          'Head branch was modified. Review and try the merge again.',
        );
      }
      this.model.merge(repository, pull);
      return {
        status: 200,
        body: {
          sha: pull.merged?.commit ?? '',
          merged: true,
          message: 'Pull Request successfully merged',
        },
      };
    });
  }

  private page(repository: ModelRepository, path = ''): string {
    return `${this.server.url}/${repository.owner}/${repository.name}${path}`;
  }

  private document(repository: ModelRepository) {
    return {
      id: repository.id,
      name: repository.name,
      owner: { login: repository.owner },
      html_url: this.page(repository),
      clone_url: `${this.page(repository)}.git`,
      default_branch: repository.defaultBranch,
      private: repository.visibility !== 'public',
      visibility: repository.visibility,
      archived: repository.archived,
      created_at: repository.createdAt,
      topics: repository.topics,
      description: repository.description,
    };
  }
}

function keyDocument(key: ModelRepository['keys'][number]) {
  return {
    id: key.id,
    key: key.key,
    title: key.title,
    read_only: key.readOnly,
    verified: true,
  };
}

function refusal(status: number, message: string): Refusal {
  return new Refusal({
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest' },
  });
}

function paged<T>(items: readonly T[], query: URLSearchParams): T[] {
  const size = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 1);
  return items.slice((page - 1) * size, page * size);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** GitHub breaks base64 into lines. */
function lines(text: string): string {
  return text.replace(/(.{60})/g, '$1\n');
}

function blobOf(path: string): string {
  return Buffer.from(path).toString('hex').padEnd(40, '0').slice(0, 40);
}

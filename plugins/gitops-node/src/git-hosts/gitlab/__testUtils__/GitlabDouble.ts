import type {
  BranchSchema,
  CommitSchema,
  DeployKeySchema,
  DeployTokenSchema,
  ExpandedGroupSchema,
  ExpandedMergeRequestSchema,
  ExpandedUserSchema,
  MemberSchema,
  NamespaceSchema,
  NewDeployTokenSchema,
  PersonalAccessTokenSchema,
  ProjectSchema,
  RepositoryCompareSchema,
  RepositoryFileExpandedSchema,
  RepositoryTreeSchema,
} from '@gitbeaker/rest';
import type {
  DoubleAnswer,
  DoubleRequest,
} from '../../__testUtils__/DoubleServer';
import { DoubleServer, Refusal } from '../../__testUtils__/DoubleServer';
import type {
  HostModel,
  ModelCommit,
  ModelPullRequest,
  ModelRepository,
  ModelToken,
} from '../../__testUtils__/HostModel';
import { ORGANIZATION, OUTSIDER } from '../../__testUtils__/HostModel';

const PROJECT = '/projects/{id}';

/** Without the index signature that takes any name. */
type Described<T> = {
  [K in keyof T as string extends K ? never : K]: T[K];
};

/**
 * Lets only those fields into an answer that gitbeaker's types describe, which
 * follow GitLab's published documentation.
 */
function described<T>(fields: Partial<Described<T>>): Partial<Described<T>> {
  return fields;
}

/** Answers as GitLab's REST API v4 does. */
export class GitlabDouble {
  readonly server = new DoubleServer();

  constructor(private readonly model: HostModel) {
    this.addAccounts();
    this.addProjects();
    this.addContents();
    this.addCredentials();
    this.addMergeRequests();
  }

  private on(
    method: string,
    path: string,
    /** Scopes of which a token needs one. */
    scopes: readonly string[],
    handler: (request: DoubleRequest, token: ModelToken) => DoubleAnswer,
  ): void {
    this.server.on(method, `/api/v4${path}`, request => {
      const token = this.model.tokens.get(request.token ?? '');
      if (!token) {
        throw refusal(401, '401 Unauthorized');
      }
      const held = token.scopes ?? ['api'];
      if (scopes.length > 0 && !scopes.some(scope => held.includes(scope))) {
        throw new Refusal({
          status: 403,
          body: {
            error: 'insufficient_scope',
            error_description:
              'The request requires higher privileges than provided by the access token.',
            scope: scopes.join(' '),
          },
        });
      }
      return handler(request, token);
    });
  }

  private project(
    { params, method, path }: DoubleRequest,
    token: ModelToken,
    writing = false,
  ): ModelRepository {
    const cut = params.id.lastIndexOf('/');
    const [owner, name] = [params.id.slice(0, cut), params.id.slice(cut + 1)];
    const found =
      cut < 0
        ? this.model.repositories.find(({ id }) => String(id) === params.id)
        : this.model.find(owner, name);
    const moved = found ? undefined : this.model.findMoved(owner, name);
    if (moved) {
      if (method !== 'GET') {
        throw refusal(
          405,
          'Non GET methods are not allowed for moved projects',
        );
      }
      throw new Refusal({
        status: 301,
        headers: {
          location:
            this.server.url +
            path.replace(/\/projects\/[^/]+/, `/projects/${moved.id}`),
        },
        body: { message: 'This resource has been moved permanently' },
      });
    }
    if (!found || (token.user === OUTSIDER && found.visibility === 'private')) {
      throw refusal(404, '404 Project Not Found');
    }
    if (writing && token.user === OUTSIDER) {
      throw refusal(403, '403 Forbidden');
    }
    return found;
  }

  private addAccounts(): void {
    this.on('GET', '/user', ['api', 'read_api', 'read_user'], (_, token) => {
      const username = token.user ?? '';
      return {
        status: 200,
        body: described<ExpandedUserSchema>({
          id: this.model.userId(username),
          username,
          email: `${username}@example.com`,
          avatar_url: `${this.server.url}/avatars/${username}`,
          can_create_project: true,
        }),
      };
    });
    this.on('GET', '/personal_access_tokens/self', [], (_, token) => {
      if (token.scopes === undefined) {
        throw refusal(
          400,
          '400 Bad request - This endpoint requires token type to be a personal access token',
        );
      }
      return {
        status: 200,
        body: described<PersonalAccessTokenSchema>({
          id: 1,
          name: 'portal',
          revoked: false,
          active: true,
          scopes: token.scopes as never[],
          user_id: this.model.userId(token.user ?? ''),
          expires_at: token.expiresAt,
        }),
      };
    });
    // Doorkeeper's, beside the REST API.
    this.server.on('GET', '/oauth/token/info', request => {
      if (!this.model.tokens.has(request.token ?? '')) {
        throw new Refusal({ status: 401, body: { error: 'invalid_token' } });
      }
      return {
        status: 200,
        body: {
          resource_owner_id: 11,
          scope: ['api'],
          expires_in: 7200,
          application: { uid: 'x' },
          created_at: 1_700_000_000,
        },
      };
    });
    this.on('GET', '/groups/{id}', ['api', 'read_api'], ({ params }) => {
      if (params.id !== ORGANIZATION) {
        throw refusal(404, '404 Group Not Found');
      }
      return {
        status: 200,
        body: described<ExpandedGroupSchema>({
          id: 7,
          full_path: ORGANIZATION,
          project_creation_level: 'developer',
        }),
      };
    });
    this.on(
      'GET',
      '/groups/{id}/members/all/{user}',
      ['api', 'read_api'],
      ({ params }) => {
        if (params.user === String(this.model.userId(OUTSIDER))) {
          throw refusal(404, '404 Not found');
        }
        return {
          status: 200,
          body: described<MemberSchema>({
            id: Number(params.user),
            access_level: 40,
          }),
        };
      },
    );
    this.on('GET', '/namespaces/{id}', ['api', 'read_api'], ({ params }) => {
      if (params.id !== ORGANIZATION) {
        throw refusal(404, '404 Namespace Not Found');
      }
      return {
        status: 200,
        body: described<NamespaceSchema>({
          id: 7,
          kind: 'group',
          full_path: ORGANIZATION,
        }),
      };
    });
  }

  private addProjects(): void {
    this.on('GET', PROJECT, ['api', 'read_api'], (request, token) => ({
      status: 200,
      body: this.document(this.project(request, token)),
    }));
    this.on('POST', '/projects', ['api'], ({ body }, { user }) => {
      if (body.namespace_id !== undefined && user === OUTSIDER) {
        throw new Refusal({
          status: 400,
          body: { message: { namespace: ['is not valid'] } },
        });
      }
      const owner = body.namespace_id === 7 ? ORGANIZATION : user ?? '';
      const name = String(body.path);
      if (this.model.find(owner, name)) {
        throw new Refusal({
          status: 400,
          body: {
            message: {
              'project_namespace.name': ['has already been taken'],
              name: ['has already been taken'],
              path: ['has already been taken'],
            },
          },
        });
      }
      return {
        status: 201,
        body: this.document(
          this.model.create({
            owner,
            name,
            description: String(body.description),
            visibility: body.visibility as ModelRepository['visibility'],
            defaultBranch: String(body.default_branch),
          }),
        ),
      };
    });
    this.on('PUT', PROJECT, ['api'], (request, token) => {
      const project = this.project(request, token, true);
      project.topics = request.body.topics as string[];
      return { status: 200, body: this.document(project) };
    });
  }

  private addContents(): void {
    const repository = `${PROJECT}/repository`;
    const commitOf = (project: ModelRepository, ref: string, words: string) => {
      const sha = this.model.resolve(project, ref);
      const commit = sha && project.commits.get(sha);
      if (!commit) {
        throw refusal(404, `404 ${words} Not Found`);
      }
      return commit;
    };
    this.on(
      'GET',
      `${repository}/branches/{branch}`,
      ['api', 'read_api'],
      (request, token) => {
        const project = this.project(request, token);
        const { branch: name } = request.params;
        if (!project.branches.has(name)) {
          throw refusal(404, '404 Branch Not Found');
        }
        const commit = commitOf(project, name, 'Branch');
        return {
          status: 200,
          body: described<BranchSchema>({
            name,
            commit: this.commitDocument(project, commit) as CommitSchema,
          }),
        };
      },
    );
    this.on(
      'GET',
      `${repository}/commits/{sha}`,
      ['api', 'read_api'],
      (request, token) => {
        const project = this.project(request, token);
        return {
          status: 200,
          body: this.commitDocument(
            project,
            commitOf(project, request.params.sha, 'Commit'),
          ),
        };
      },
    );
    this.on(
      'GET',
      `${repository}/tree`,
      ['api', 'read_api'],
      (request, token) => {
        const project = this.project(request, token);
        const { files } = commitOf(
          project,
          request.query.get('ref') ?? '',
          'Tree',
        );
        const path = request.query.get('path') ?? '';
        const found = [...files.keys()].filter(name =>
          name.startsWith(`${path}/`),
        );
        if (found.length === 0) {
          throw refusal(404, '404 invalid revision or path Not Found');
        }
        return {
          status: 200,
          body: found
            .slice(0, Number(request.query.get('per_page') ?? 20))
            .map(name =>
              described<RepositoryTreeSchema>({
                id: 'a'.repeat(40),
                name: name.split('/').at(-1),
                type: 'blob',
                path: name,
                mode: '100644',
              }),
            ),
        };
      },
    );
    this.on(
      'GET',
      `${repository}/files/{path}`,
      ['api', 'read_api'],
      (request, token) => {
        const project = this.project(request, token);
        const ref = request.query.get('ref') ?? '';
        const { files, sha } = commitOf(project, ref, 'Commit');
        const content = files.get(request.params.path);
        if (content === undefined) {
          throw refusal(404, '404 File Not Found');
        }
        return {
          status: 200,
          body: described<RepositoryFileExpandedSchema>({
            file_path: request.params.path,
            size: content.length,
            encoding: 'base64',
            content: Buffer.from(content).toString('base64'),
            ref,
            commit_id: sha,
          }),
        };
      },
    );
    this.on(
      'GET',
      `${repository}/compare`,
      ['api', 'read_api'],
      (request, token) => {
        const project = this.project(request, token);
        const [base, head] = ['from', 'to'].map(
          name => commitOf(project, request.query.get(name) ?? '', 'Ref').sha,
        );
        return {
          status: 200,
          body: {
            // Newer than the types.
            web_url: this.page(project, `/-/compare/${base}...${head}`),
            ...described<RepositoryCompareSchema>({
              commits: this.model
                .between(project, base, head)
                .map(commit => this.commitDocument(project, commit)) as never,
              diffs: this.model.changed(project, base, head).map(path => ({
                old_path: path,
                new_path: path,
              })) as never,
            }),
          },
        };
      },
    );
  }

  private addCredentials(): void {
    const keys = `${PROJECT}/deploy_keys`;
    const keyDocument = (key: ModelRepository['keys'][number]) =>
      described<DeployKeySchema>({
        id: key.id,
        title: key.title,
        key: key.key,
        can_push: !key.readOnly,
      });
    this.on('GET', keys, ['api', 'read_api'], (request, token) => ({
      status: 200,
      body: this.project(request, token, true).keys.map(keyDocument),
    }));
    this.on('POST', keys, ['api'], (request, token) => {
      const project = this.project(request, token, true);
      const content = String(request.body.key);
      if (project.keys.some(({ key }) => key === content)) {
        throw new Refusal({
          status: 400,
          body: {
            message: {
              'deploy_key.fingerprint_sha256': ['has already been taken'],
            },
          },
        });
      }
      const made = {
        id: this.model.id(),
        title: String(request.body.title),
        key: content,
        readOnly: request.body.can_push === false,
      };
      project.keys.push(made);
      return { status: 201, body: keyDocument(made) };
    });
    this.on('DELETE', `${keys}/{key}`, ['api'], (request, token) => {
      const project = this.project(request, token, true);
      const left = project.keys.filter(
        ({ id }) => String(id) !== request.params.key,
      );
      if (left.length === project.keys.length) {
        throw refusal(404, '404 Deploy Key Not Found');
      }
      project.keys = left;
      return { status: 204 };
    });

    const tokens = `${PROJECT}/deploy_tokens`;
    this.on('GET', tokens, ['api', 'read_api'], (request, token) => ({
      status: 200,
      body: this.project(request, token, true).tokens.map(({ id, name }) =>
        described<DeployTokenSchema>({
          id,
          name,
          username: `gitlab+deploy-token-${id}`,
          scopes: ['read_repository'],
          revoked: false,
          expired: false,
        }),
      ),
    }));
    this.on('POST', tokens, ['api'], (request, token) => {
      const project = this.project(request, token, true);
      const { name, scopes, expires_at: expiresAt } = request.body;
      const id = this.model.id();
      const made = {
        id,
        name: String(name),
        token: `gldt-${id}`,
        expiresAt: expiresAt ? String(expiresAt) : null,
      };
      project.tokens.push(made);
      return {
        status: 201,
        body: described<NewDeployTokenSchema>({
          id,
          name: made.name,
          token: made.token,
          username: `gitlab+deploy-token-${id}`,
          scopes: scopes as never[],
          expires_at: made.expiresAt as string,
          revoked: false,
          expired: false,
        }),
      };
    });
    this.on('DELETE', `${tokens}/{token}`, ['api'], (request, token) => {
      const project = this.project(request, token, true);
      const left = project.tokens.filter(
        ({ id }) => String(id) !== request.params.token,
      );
      if (left.length === project.tokens.length) {
        throw refusal(404, '404 DeployToken Not Found');
      }
      project.tokens = left;
      return { status: 204 };
    });
  }

  private addMergeRequests(): void {
    const list = `${PROJECT}/merge_requests`;
    const pullOf = (request: DoubleRequest, project: ModelRepository) => {
      const pull = project.pulls.find(
        ({ number }) => String(number) === request.params.iid,
      );
      if (!pull) {
        throw refusal(404, '404 Not found');
      }
      return pull;
    };
    this.on('GET', list, ['api', 'read_api'], (request, token) => {
      const project = this.project(request, token);
      const { query } = request;
      return {
        status: 200,
        body: project.pulls
          .filter(
            pull =>
              query.get('state') === 'opened' &&
              !pull.closed &&
              query.get('source_branch') === pull.head &&
              query.get('target_branch') === pull.base,
          )
          .map(pull => this.mergeRequest(project, pull)),
      };
    });
    this.on('POST', list, ['api'], (request, token) => {
      const project = this.project(request, token);
      const body = request.body as Record<string, string>;
      const { source_branch: head, target_branch: base, title } = body;
      if (!project.branches.has(head)) {
        throw new Refusal({
          status: 400,
          body: { message: ['Source branch does not exist'] },
        });
      }
      const open = project.pulls.find(
        pull => !pull.closed && pull.head === head && pull.base === base,
      );
      if (open) {
        throw new Refusal({
          status: 409,
          body: {
            message: [
              `Another open merge request already exists for this source branch: !${open.number}`,
            ],
          },
        });
      }
      const pull = {
        number: project.pulls.length + 1,
        title,
        head,
        base,
        closed: false,
      };
      project.pulls.push(pull);
      return { status: 201, body: this.mergeRequest(project, pull) };
    });
    this.on('GET', `${list}/{iid}`, ['api', 'read_api'], (request, token) => {
      const project = this.project(request, token);
      return {
        status: 200,
        body: this.mergeRequest(project, pullOf(request, project)),
      };
    });
    this.on('PUT', `${list}/{iid}/merge`, ['api'], (request, token) => {
      const project = this.project(request, token);
      const pull = pullOf(request, project);
      if (token.user === OUTSIDER) {
        throw refusal(401, '401 Unauthorized');
      }
      if (pull.closed) {
        throw refusal(405, '405 Method Not Allowed');
      }
      if (this.model.conflicts(project, pull)) {
        throw refusal(422, 'Branch cannot be merged');
      }
      if (request.body.sha !== project.branches.get(pull.head)) {
        throw refusal(409, 'SHA does not match HEAD of source branch');
      }
      this.model.merge(project, pull);
      return { status: 200, body: this.mergeRequest(project, pull) };
    });
  }

  private mergeRequest(project: ModelRepository, pull: ModelPullRequest) {
    const state = pull.closed ? 'closed' : 'opened';
    return described<ExpandedMergeRequestSchema>({
      iid: pull.number,
      title: pull.title,
      state: pull.merged ? 'merged' : state,
      source_branch: pull.head,
      target_branch: pull.base,
      web_url: this.page(project, `/-/merge_requests/${pull.number}`),
      sha: pull.merged?.head ?? project.branches.get(pull.head),
      merge_commit_sha: pull.merged?.commit ?? null,
      detailed_merge_status:
        pull.closed || this.model.conflicts(project, pull)
          ? // Newer than the types.
            ('conflict' as never)
          : 'mergeable',
    });
  }

  private commitDocument(project: ModelRepository, commit: ModelCommit) {
    return described<CommitSchema>({
      id: commit.sha,
      message: commit.message,
      author_name: commit.author,
      committed_date: commit.date,
      web_url: this.page(project, `/-/commit/${commit.sha}`),
    });
  }

  private page(project: ModelRepository, path = ''): string {
    return `${this.server.url}/${project.owner}/${project.name}${path}`;
  }

  private document(project: ModelRepository) {
    const empty = project.branches.size === 0;
    return described<ProjectSchema>({
      id: project.id,
      name: project.name,
      path: project.name,
      path_with_namespace: `${project.owner}/${project.name}`,
      namespace: { full_path: project.owner } as NamespaceSchema,
      web_url: this.page(project),
      http_url_to_repo: `${this.page(project)}.git`,
      // Null while it is empty, which the types leave out.
      default_branch: empty ? (null as never) : project.defaultBranch,
      visibility: project.visibility,
      empty_repo: empty,
      archived: project.archived,
      created_at: project.createdAt,
      topics: project.topics,
      description: project.description,
    });
  }
}

function refusal(status: number, message: string): Refusal {
  return new Refusal({ status, body: { message } });
}

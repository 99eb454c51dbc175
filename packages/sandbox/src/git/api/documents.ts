import { GitHostOrganization, GitHostUser, includesRight } from '../accounts';
import { BareRepository, Commit, Signature } from '../BareRepository';
import { GitHost } from '../GitHost';
import {
  StoredDeployKey,
  StoredPullRequest,
  StoredRepository,
  StoredToken,
} from '../GitHostState';

const BEGINNING = '2020-01-01T00:00:00Z';

/** A path for use in an address. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function emailOf(user: GitHostUser): string {
  return user.email ?? `${user.username}@sandbox.invalid`;
}

/** The documents of Gitea's REST API, in its shapes. */
export class Documents {
  constructor(private readonly host: GitHost, readonly baseUrl: string) {}

  user(user: GitHostUser) {
    return {
      id: this.host.state.accountId(user.username),
      login: user.username,
      login_name: '',
      source_id: 0,
      full_name: user.fullName ?? '',
      email: emailOf(user),
      avatar_url: `${this.baseUrl}/avatars/${user.username}`,
      html_url: `${this.baseUrl}/${user.username}`,
      language: '',
      is_admin: user.admin ?? false,
      last_login: BEGINNING,
      created: BEGINNING,
      restricted: false,
      active: true,
      prohibit_login: false,
      location: '',
      website: '',
      description: '',
      visibility: 'public',
      followers_count: 0,
      following_count: 0,
      starred_repos_count: 0,
      username: user.username,
    };
  }

  organization(organization: GitHostOrganization) {
    return {
      id: this.host.state.accountId(organization.name),
      name: organization.name,
      full_name: organization.fullName ?? '',
      email: '',
      avatar_url: `${this.baseUrl}/avatars/${organization.name}`,
      description: organization.description ?? '',
      website: '',
      location: '',
      visibility: 'public',
      repo_admin_change_team_access: false,
      username: organization.name,
    };
  }

  private owner(login: string) {
    const user = this.host.findUser(login);
    const organization = this.host.findOrganization(login);
    return this.user(
      user ?? {
        username: organization?.name ?? login,
        password: '',
        fullName: organization?.fullName,
        email: '',
      },
    );
  }

  async repository(
    repository: StoredRepository,
    viewer: GitHostUser | undefined,
  ) {
    const bare = new BareRepository(this.host.directoryOf(repository));
    const [branches, size] = await Promise.all([bare.branches(), bare.size()]);
    const right = this.host.rightOn(repository, viewer);
    const fullName = `${repository.owner}/${repository.name}`;
    const url = `${this.baseUrl}/api/v1/repos/${fullName}`;
    return {
      id: repository.id,
      owner: this.owner(repository.owner),
      name: repository.name,
      full_name: fullName,
      description: repository.description,
      empty: branches.length === 0,
      private: repository.private,
      fork: false,
      template: false,
      mirror: false,
      size,
      language: '',
      languages_url: `${url}/languages`,
      html_url: `${this.baseUrl}/${fullName}`,
      url,
      link: '',
      ssh_url: '',
      clone_url: `${this.baseUrl}/${fullName}.git`,
      original_url: '',
      website: repository.website,
      stars_count: 0,
      forks_count: 0,
      watchers_count: 0,
      open_issues_count: 0,
      open_pr_counter: 0,
      release_counter: 0,
      default_branch: repository.defaultBranch,
      archived: repository.archived,
      created_at: repository.createdAt,
      updated_at: repository.updatedAt,
      archived_at: '1970-01-01T00:00:00Z',
      permissions: {
        admin: includesRight(right, 'admin'),
        push: includesRight(right, 'write'),
        pull: includesRight(right, 'read'),
      },
      has_code: true,
      has_issues: false,
      has_wiki: false,
      has_pull_requests: true,
      has_projects: false,
      has_releases: false,
      has_packages: false,
      has_actions: false,
      internal: false,
      mirror_interval: '',
      object_format_name: 'sha1',
      allow_merge_commits: true,
      default_merge_style: 'merge',
      topics: repository.topics,
      licenses: [],
    };
  }

  deployKey(repository: StoredRepository, key: StoredDeployKey) {
    return {
      id: key.id,
      key_id: key.id,
      key: key.key,
      url: `${this.baseUrl}/api/v1/repos/${repository.owner}/${repository.name}/keys/${key.id}`,
      title: key.title,
      fingerprint: key.fingerprint,
      created_at: key.createdAt,
      read_only: key.readOnly,
    };
  }

  /** @param tip - Commits of the two branches, as far as they are there. */
  pullRequest(
    repository: StoredRepository,
    request: StoredPullRequest,
    tip: { head?: string; base?: string; mergeable: boolean },
  ) {
    const page = `${this.baseUrl}/${repository.owner}/${repository.name}/pulls/${request.number}`;
    const branch = (ref: string, sha = '') => ({
      label: ref,
      ref,
      sha,
      repo_id: repository.id,
    });
    return {
      id: request.id,
      url: page,
      number: request.number,
      user: this.owner(request.author),
      title: request.title,
      body: request.body,
      labels: [],
      state: request.closed ? 'closed' : 'open',
      draft: false,
      is_locked: false,
      comments: 0,
      html_url: page,
      mergeable: tip.mergeable,
      merged: request.merged !== undefined,
      merged_at: request.merged?.at ?? null,
      merge_commit_sha: request.merged?.commit ?? null,
      base: branch(request.base, tip.base),
      head: branch(request.head, request.merged?.head ?? tip.head),
      created_at: request.createdAt,
    };
  }

  token(token: StoredToken, secret = '') {
    return {
      id: token.id,
      name: token.name,
      sha1: secret,
      token_last_eight: token.lastEight,
      scopes: token.scopes,
      created_at: token.createdAt,
      last_used_at: token.createdAt,
    };
  }

  private accountByEmail(email: string) {
    const user = this.host.users.find(other => emailOf(other) === email);
    return user ? this.user(user) : null;
  }

  private gitUser(signature: Signature) {
    return {
      name: signature.name,
      email: signature.email,
      date: signature.date,
    };
  }

  commit(
    repository: StoredRepository,
    commit: Commit,
    files?: { filename: string; status: string }[],
  ) {
    const fullName = `${repository.owner}/${repository.name}`;
    const url = `${this.baseUrl}/api/v1/repos/${fullName}/git/commits/${commit.sha}`;
    return {
      url,
      sha: commit.sha,
      created: commit.committer.date,
      html_url: `${this.baseUrl}/${fullName}/commit/${commit.sha}`,
      commit: {
        url,
        author: this.gitUser(commit.author),
        committer: this.gitUser(commit.committer),
        message: commit.message,
        tree: {
          url: `${this.baseUrl}/api/v1/repos/${fullName}/git/trees/${commit.tree}`,
          sha: commit.tree,
          created: commit.committer.date,
        },
        verification: null,
      },
      author: this.accountByEmail(commit.author.email),
      committer: this.accountByEmail(commit.committer.email),
      parents: commit.parents.map(sha => ({
        url: `${this.baseUrl}/api/v1/repos/${fullName}/git/commits/${sha}`,
        sha,
        created: commit.committer.date,
      })),
      files: files ?? [],
      stats: null,
    };
  }

  branch(repository: StoredRepository, name: string, commit: Commit) {
    const person = (signature: Signature) => ({
      name: signature.name,
      email: signature.email,
      username: this.accountByEmail(signature.email)?.login ?? '',
    });
    return {
      name,
      commit: {
        id: commit.sha,
        message: commit.message,
        url: `${this.baseUrl}/${repository.owner}/${repository.name}/commit/${commit.sha}`,
        author: person(commit.author),
        committer: person(commit.committer),
        verification: null,
        timestamp: commit.committer.date,
        added: null,
        removed: null,
        modified: null,
      },
      protected: false,
      required_approvals: 0,
      enable_status_check: false,
      status_check_contexts: [],
      user_can_push: true,
      user_can_merge: true,
      effective_branch_protection_name: '',
    };
  }
}

import {
  ContractClient,
  eventually,
  KubernetesSubject,
} from '../../kubernetes/contract/ContractClient';
import {
  basic,
  callGitHost,
  GitHostSubject,
} from '../../git/contract/GitHostClient';

/** A cluster with Flux, and a Git host that it reaches. */
export interface FluxSubject {
  cluster: KubernetesSubject;
  gitHost: GitHostSubject;
}

/** A Kubernetes object as the API returns it, looked into freely by expectations. */
export type Read = any;

const PLURALS: Record<string, string> = { GitRepository: 'gitrepositories' };
const CLUSTER_SCOPED = ['Namespace', 'ClusterRole'];

function pathOf(reference: {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name?: string;
}): string {
  const { apiVersion, kind, namespace, name } = reference;
  return [
    apiVersion.includes('/') ? '/apis' : '/api',
    apiVersion,
    ...(namespace && !CLUSTER_SCOPED.includes(kind)
      ? ['namespaces', namespace]
      : []),
    PLURALS[kind] ?? `${kind.toLowerCase()}s`,
    ...(name ? [name] : []),
  ].join('/');
}

const SOURCE = 'source.toolkit.fluxcd.io/v1';
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1';

/** A namespace and a repository of one test's own. */
export class FluxSituation {
  private readonly namespaces: string[] = [];
  private readonly client: ContractClient;

  constructor(
    private readonly subject: FluxSubject,
    /** Name of the namespace and of the repository. */
    readonly name: string,
  ) {
    this.client = new ContractClient(subject.cluster);
  }

  get repositoryUrl(): string {
    const { url, organization } = this.subject.gitHost;
    return `${url}/${organization}/${this.name}.git`;
  }

  private git(method: string, path: string, body?: unknown) {
    const { admin, organization } = this.subject.gitHost;
    return callGitHost(
      this.subject.gitHost,
      method,
      `/api/v1${path.replace(':repository', `${organization}/${this.name}`)}`,
      { body, authorization: `token ${admin.token}` },
    );
  }

  /** Makes a private repository; with files, each is a commit. */
  async createRepository(files: Record<string, string> = {}): Promise<void> {
    const { organization } = this.subject.gitHost;
    const { status } = await this.git('POST', `/orgs/${organization}/repos`, {
      name: this.name,
      private: true,
      default_branch: 'main',
    });
    expect(status).toBe(201);
    await this.writeFiles(files);
  }

  async writeFiles(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const present = await this.git(
        'GET',
        `/repos/:repository/contents/${path}`,
      );
      const { status } = await this.git(
        present.status === 200 ? 'PUT' : 'POST',
        `/repos/:repository/contents/${path}`,
        {
          content: Buffer.from(text).toString('base64'),
          message: `Write ${path}`,
          ...(present.status === 200 ? { sha: present.body.sha } : {}),
        },
      );
      expect([200, 201]).toContain(status);
    }
  }

  /** Revision of the main branch as Flux writes it. */
  async revision(): Promise<string> {
    const { body } = await this.git('GET', '/repos/:repository/branches/main');
    return `main@sha1:${body.commit.id}`;
  }

  /** A token of the outsider or the administrator, with these scopes. */
  async token(scopes: string[]): Promise<string> {
    const { gitHost } = this.subject;
    const path = `/api/v1/users/${gitHost.admin.username}/tokens`;
    const { body } = await callGitHost(gitHost, 'POST', path, {
      body: { name: this.name, scopes },
      authorization: basic(gitHost.admin),
    });
    return body.sha1;
  }

  async createNamespace(name = this.name): Promise<void> {
    this.namespaces.push(name);
    await this.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }

  async apply(object: Read): Promise<void> {
    const answer = await this.client.apply(
      pathOf({ ...object, ...object.metadata }),
      object,
      'contract',
      { query: { force: true } },
    );
    if (answer.status > 201) {
      throw new Error(`apply ${object.kind}: ${answer.text}`);
    }
  }

  private reference(apiVersion: string, kind: string, name?: string) {
    return pathOf({ apiVersion, kind, namespace: this.name, name });
  }

  async secret(
    data: Record<string, string>,
    name = 'credentials',
  ): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: this.name },
      stringData: data,
    });
  }

  /** Credentials that may read the repository. */
  async goodSecret(): Promise<void> {
    const { username, token } = this.subject.gitHost.admin;
    await this.secret({ username, password: token });
  }

  /** A GitRepository named `repo`. */
  async source(spec: Record<string, unknown> = {}): Promise<void> {
    await this.apply({
      apiVersion: SOURCE,
      kind: 'GitRepository',
      metadata: { name: 'repo', namespace: this.name },
      spec: {
        interval: '1h',
        url: this.repositoryUrl,
        ref: { branch: 'main' },
        secretRef: { name: 'credentials' },
        ...spec,
      },
    });
  }

  async kustomization(
    spec: Record<string, unknown> = {},
    name = 'app',
  ): Promise<void> {
    await this.apply({
      apiVersion: KUSTOMIZE,
      kind: 'Kustomization',
      metadata: { name, namespace: this.name },
      spec: {
        interval: '1h',
        retryInterval: '1m',
        path: './app',
        prune: true,
        sourceRef: { kind: 'GitRepository', name: 'repo' },
        targetNamespace: this.name,
        ...spec,
      },
    });
  }

  /** An identity that may administrate these namespaces and nothing else. */
  async deployer(name: string, ...namespaces: string[]): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: this.name },
    });
    for (const namespace of namespaces) {
      await this.apply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name, namespace },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'admin',
        },
        subjects: [{ kind: 'ServiceAccount', name, namespace: this.name }],
      });
    }
  }

  async get(
    apiVersion: string,
    kind: string,
    name: string,
    namespace = this.name,
  ): Promise<Read | undefined> {
    const { status, body } = await this.client.get(
      pathOf({ apiVersion, kind, name, namespace }),
    );
    return status === 404 ? undefined : body;
  }

  getSource(): Promise<Read> {
    return this.get(SOURCE, 'GitRepository', 'repo');
  }

  getKustomization(name = 'app'): Promise<Read> {
    return this.get(KUSTOMIZE, 'Kustomization', name);
  }

  private async annotate(path: string, token: string): Promise<void> {
    const { status } = await this.client.mergePatch(path, {
      metadata: {
        annotations: { 'reconcile.fluxcd.io/requestedAt': token },
      },
    });
    expect(status).toBe(200);
  }

  requestSource(token: string): Promise<void> {
    return this.annotate(
      this.reference(SOURCE, 'GitRepository', 'repo'),
      token,
    );
  }

  requestKustomization(token: string, name = 'app'): Promise<void> {
    return this.annotate(
      this.reference(KUSTOMIZE, 'Kustomization', name),
      token,
    );
  }

  async patch(
    apiVersion: string,
    kind: string,
    name: string,
    patch: unknown,
    namespace = this.name,
  ) {
    const { status, text } = await this.client.mergePatch(
      pathOf({ apiVersion, kind, name, namespace }),
      patch,
    );
    expect([status, text]).toEqual([200, expect.any(String)]);
  }

  async patchKustomization(patch: unknown, name = 'app'): Promise<void> {
    await this.patch(KUSTOMIZE, 'Kustomization', name, patch);
  }

  async delete(
    apiVersion: string,
    kind: string,
    name: string,
    namespace = this.name,
  ): Promise<void> {
    await this.client.delete(pathOf({ apiVersion, kind, name, namespace }));
  }

  async deleteKustomization(name = 'app'): Promise<void> {
    await this.delete(KUSTOMIZE, 'Kustomization', name);
  }

  /** Events about the Flux objects. */
  async events(): Promise<Read[]> {
    const { body } = await this.client.get(this.reference('v1', 'Event'));
    return body.items;
  }

  /** Removes what the test made; Kustomizations first, as a person should. */
  async remove(): Promise<void> {
    const { body } = await this.client.get(
      this.reference(KUSTOMIZE, 'Kustomization'),
    );
    for (const { metadata } of body.items ?? []) {
      await this.deleteKustomization(metadata.name);
      await eventually(async () => {
        expect(await this.getKustomization(metadata.name)).toBeUndefined();
      });
    }
    for (const name of this.namespaces) {
      await this.client.delete(`/api/v1/namespaces/${name}`);
    }
    await this.git('DELETE', '/repos/:repository');
    await callGitHost(
      this.subject.gitHost,
      'DELETE',
      `/api/v1/users/${this.subject.gitHost.admin.username}/tokens/${this.name}`,
      { authorization: basic(this.subject.gitHost.admin) },
    );
    await this.client.close();
  }
}

/** A condition of an object. */
export function conditionOf(object: Read, type: string): Read | undefined {
  return object?.status?.conditions?.find(
    (condition: Read) => condition.type === type,
  );
}

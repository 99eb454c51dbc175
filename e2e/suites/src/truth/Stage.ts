import {
  objectPath,
  waitUntil,
  type ControlPlane,
  type KubernetesApi,
  type Manifest,
} from '@backstage-gitops/control-plane';
import type {
  FluxEvent,
  FluxObject,
  FluxReference,
  Reading,
} from '@backstage-gitops/plugin-gitops-common';
import type { StatusFixture } from '@backstage-gitops/status-fixtures';
import { GitProxy } from './GitProxy';
import type { Change, Observed, Observer } from './Observer';

/** What was seen, without what is expected of it. */
export type Moment = Omit<StatusFixture, 'situation' | 'title' | 'expected'>;

export type Spec = Record<string, unknown>;

/** Files of a repository by path; undefined removes one. */
export type Files = Record<string, string | undefined>;

export interface Repository {
  url: string;
  /** Adds or changes files on the branch `main`. @returns the commit */
  commit(files: Files): Promise<string>;
}

interface CaptureOptions {
  /** Judge as if so many seconds had gone by since. */
  judgedAfter?: number;
  /** Namespaces to tell the phase of, beside the stage's own. */
  namespaces?: string[];
}

export const APP = 'app';

/** Where one situation is forced: a namespace and repositories of its own. */
export class Stage {
  readonly namespace: string;
  readonly #proxies: GitProxy[] = [];

  constructor(
    readonly name: string,
    readonly plane: ControlPlane,
    readonly observer: Observer,
  ) {
    this.namespace = `truth-${name}`;
  }

  get api(): KubernetesApi {
    return this.plane.clusters[0].api;
  }

  async open(): Promise<void> {
    await this.createNamespace(this.namespace);
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map(proxy => proxy.stop()));
  }

  async createNamespace(name: string): Promise<string> {
    await this.api.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
    return name;
  }

  /** @param manifest - goes to the stage's namespace where it names none */
  async apply(manifest: Manifest): Promise<void> {
    await this.api.apply({
      ...manifest,
      metadata: { namespace: this.namespace, ...manifest.metadata },
    });
  }

  /** Creates a repository with its first commit; without files it stays empty. */
  async repository(
    files?: Files,
    options: { private?: boolean; name?: string } = {},
  ): Promise<Repository> {
    const { gitea } = this.plane;
    const name = options.name ?? this.name;
    await gitea.request('POST', `/orgs/${gitea.organization}/repos`, {
      name,
      private: options.private ?? false,
      auto_init: files !== undefined,
      default_branch: 'main',
    });
    const path = `/repos/${gitea.organization}/${name}`;
    const known = new Map<string, string>();
    const repository: Repository = {
      url: `${gitea.url}/${gitea.organization}/${name}.git`,
      commit: async changes => {
        const operations = Object.entries(changes).map(([file, content]) => {
          const sha = known.get(file);
          return content === undefined
            ? { operation: 'delete', path: file, sha }
            : {
                operation: sha ? 'update' : 'create',
                path: file,
                sha,
                content: Buffer.from(content).toString('base64'),
              };
        });
        const answer = await gitea.request<{
          commit: { sha: string };
          files: ({ path: string; sha: string } | null)[];
        }>('POST', `${path}/contents`, {
          branch: 'main',
          message: `Change ${Object.keys(changes).join(', ')}`,
          files: operations,
        });
        for (const file of answer?.files ?? []) {
          if (file) {
            known.set(file.path, file.sha);
          }
        }
        return answer!.commit.sha;
      },
    };
    if (files && Object.keys(files).length > 0) {
      await repository.commit(files);
    }
    return repository;
  }

  /** A proxy before Gitea, closed with the stage. */
  async proxy(answer?: number): Promise<GitProxy> {
    const proxy = await GitProxy.start(this.plane.gitea.url, answer);
    this.#proxies.push(proxy);
    return proxy;
  }

  async secret(name: string, data: Record<string, string>): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      stringData: data,
    });
  }

  /** A Secret with credentials that Gitea accepts. */
  async gitCredentials(name = 'git-auth'): Promise<{ name: string }> {
    const { username, password } = this.plane.gitea;
    await this.secret(name, { username, password });
    return { name };
  }

  async gitRepository(spec: Spec, name = APP): Promise<void> {
    await this.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name },
      spec: { interval: '10m', ref: { branch: 'main' }, ...spec },
    });
  }

  async kustomization(spec: Spec = {}, name = APP): Promise<void> {
    await this.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name },
      spec: {
        interval: '10m',
        prune: true,
        path: './deploy',
        targetNamespace: this.namespace,
        sourceRef: { kind: 'GitRepository', name: APP },
        ...spec,
      },
    });
  }

  /** A source that is fetched, and a Kustomization of it. */
  async deploy(files: Files, spec: Spec = {}): Promise<Repository> {
    const repository = await this.repository(files);
    await this.gitRepository({ url: repository.url });
    await this.settled('GitRepository');
    await this.kustomization(spec);
    return repository;
  }

  /** A deploy account that may do everything in one namespace, or nothing. */
  async serviceAccount(name: string, adminOf?: string): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    });
    if (adminOf) {
      await this.apply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: `${this.name}-${name}`, namespace: adminOf },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'cluster-admin',
        },
        subjects: [{ kind: 'ServiceAccount', name, namespace: this.namespace }],
      });
      await this.untilRights(name, adminOf, true);
    }
  }

  /**
   * Waits until the API server lets a deploy account delete in a namespace, or no
   * longer does: it decides by a cache of the role bindings, which hears of a change
   * a moment late.
   */
  async untilRights(account: string, namespace: string, allowed: boolean) {
    await waitUntil(
      `${account} ${
        allowed ? 'to have' : 'to lose'
      } its rights in ${namespace}`,
      async () => {
        const answer = await this.api.request(
          'POST',
          '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          JSON.stringify({
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: {
              user: `system:serviceaccount:${this.namespace}:${account}`,
              resourceAttributes: {
                namespace,
                verb: 'delete',
                version: 'v1',
                resource: 'configmaps',
              },
            },
          }),
        );
        const { status } = (await answer.json()) as {
          status: { allowed: boolean };
        };
        return status.allowed === allowed;
      },
    );
  }

  /** Deletes a namespace that a finalizer inside holds. */
  async terminatingNamespace(name: string): Promise<string> {
    await this.createNamespace(name);
    await this.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'held',
        namespace: name,
        finalizers: ['truth.example.com/held'],
      },
    });
    await this.delete('v1', 'Namespace', name);
    return name;
  }

  /** Waits until a namespace holds no object of a kind any more. */
  async gone(apiVersion: string, kind: string, namespace: string) {
    await waitUntil(`the end of every ${kind} in ${namespace}`, async () => {
      const left = await this.api.list({ apiVersion, kind, namespace });
      return left.length === 0;
    });
  }

  /** Waits until the API server would refuse an object: policies take a moment. */
  async refuses(manifest: Manifest): Promise<void> {
    const { namespace } = this;
    const path = objectPath({ ...manifest, namespace });
    await waitUntil(`a policy to refuse ${manifest.kind}`, async () => {
      const answer = await this.api.request(
        'POST',
        `${path}?dryRun=All`,
        JSON.stringify(manifest),
      );
      await answer.text();
      return answer.status === 422;
    });
  }

  async delete(apiVersion: string, kind: string, name: string): Promise<void> {
    await this.api.delete({
      apiVersion,
      kind,
      name,
      namespace: this.namespace,
    });
  }

  /** Patches an object, and waits until the observer has seen it. */
  async patch(kind: FluxKind, patch: Spec, name = APP): Promise<void> {
    const { metadata } = await this.api.mergePatch(
      {
        apiVersion: apiVersionOf(kind),
        kind,
        namespace: this.namespace,
        name,
      },
      patch,
    );
    const written = Number(metadata.resourceVersion);
    await this.untilChange(kind, (_, { version }) => version >= written, {
      name,
    });
  }

  async requestReconcile(kind: FluxKind, name = APP): Promise<string> {
    const token = new Date().toISOString();
    await this.patch(
      kind,
      {
        metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } },
      },
      name,
    );
    return token;
  }

  object(kind: string, name = APP): FluxObject | undefined {
    return this.observer.get(kind, this.namespace, name) as
      | FluxObject
      | undefined;
  }

  /** Waits until an object is as described. */
  async until(
    kind: string,
    test: (object: FluxObject) => boolean,
    options: { name?: string; limitMs?: number } = {},
  ): Promise<FluxObject> {
    const look = () => this.object(kind, options.name);
    return this.observer.until(
      `${this.name}: ${kind} ${options.name ?? APP}`,
      () => {
        const object = look();
        return object && test(object) && object;
      },
      {
        limitMs: options.limitMs,
        instead: () => look()?.status?.conditions,
      },
    );
  }

  /** Waits for a moment that may be over before anybody looks. */
  async untilChange(
    kind: FluxKind,
    test: (object: FluxObject, change: Change) => boolean | undefined,
    options: { name?: string; limitMs?: number } = {},
  ): Promise<Change> {
    const { name = APP } = options;
    const matching = () =>
      this.observer
        .changes(this.namespace)
        .filter(
          ({ object }) => object.kind === kind && object.metadata.name === name,
        );
    return this.observer.until(
      `${this.name}: a moment of ${kind} ${name}`,
      () =>
        matching().find(change =>
          test(change.object as unknown as FluxObject, change),
        ),
      { limitMs: options.limitMs, instead: () => matching().length },
    );
  }

  /** Waits until the outcome of the current spec is known, good or bad. */
  async settled(
    kind: string,
    options: { name?: string; limitMs?: number; ready?: boolean } = {},
  ): Promise<FluxObject> {
    const { ready } = options;
    return this.until(
      kind,
      object => {
        const status = conditionOf(object, 'Ready')?.status;
        return (
          isCurrent(object) &&
          // Written a moment after the conditions.
          (status !== 'True' ||
            kind !== 'GitRepository' ||
            object.status?.artifact !== undefined) &&
          (ready === undefined
            ? status === 'True' || status === 'False'
            : status === (ready ? 'True' : 'False'))
        );
      },
      options,
    );
  }

  /** Waits until an object that was there is gone. */
  async untilGone(kind: FluxKind, name = APP): Promise<void> {
    await this.observer.until(
      `${this.name}: the end of ${kind} ${name}`,
      () => !this.object(kind, name),
      { instead: () => this.object(kind, name)?.metadata },
    );
  }

  async untilEvent(pattern: RegExp, limitMs?: number): Promise<void> {
    await this.observer.until(
      `${this.name}: event ${pattern}`,
      () => this.events().some(({ message }) => pattern.test(message)),
      { limitMs, instead: () => this.events() },
    );
  }

  /** Events of the stage's namespace so far, the expired and deleted ones too. */
  events(until = Infinity): FluxEvent[] {
    const events = new Map<string, FluxEvent>();
    for (const { object, version } of this.observer.changes(this.namespace)) {
      if (object.kind === 'Event' && version <= until) {
        const { type, reason, message, lastTimestamp, involvedObject } =
          object as unknown as FluxEvent;
        events.set(object.metadata.name, {
          type,
          reason,
          message,
          lastTimestamp,
          involvedObject: involvedObject && {
            kind: involvedObject.kind,
            namespace: involvedObject.namespace,
            name: involvedObject.name,
          },
        });
      }
    }
    return [...events.values()];
  }

  /** Takes what is there now, all at one moment, or was there at an earlier one. */
  capture(
    kind: FluxKind,
    options: CaptureOptions & { name?: string; at?: Change } = {},
  ): Moment {
    const { name = APP, judgedAfter = 0, namespaces = [], at } = options;
    const takenAt = at?.seenAt ?? new Date();
    const present = this.#presentAt(at?.version ?? Infinity);
    const find = (reference: FluxReference) =>
      present.find(
        object =>
          object.kind === reference.kind &&
          object.metadata.name === reference.name,
      );
    const object = find({ kind, name });
    const reading: Reading = object ?? {
      failure: 'missing',
      reference: { kind, name, namespace: this.namespace },
      lastSeenAt: takenAt.toISOString(),
    };
    const sourceRef = object?.spec?.sourceRef;
    const ownSource =
      sourceRef && [undefined, this.namespace].includes(sourceRef.namespace)
        ? find(sourceRef)
        : undefined;
    const source: Reading | undefined =
      sourceRef &&
      (ownSource ?? {
        failure: 'missing',
        reference: {
          ...sourceRef,
          namespace: sourceRef.namespace ?? this.namespace,
        },
      });
    return {
      object: reading,
      source,
      dependencies: present.filter(
        other => other !== object && other !== ownSource,
      ),
      events: this.events(at?.version).filter(
        ({ involvedObject }) =>
          involvedObject?.kind === kind && involvedObject.name === name,
      ),
      namespaces: Object.fromEntries(
        [this.namespace, ...namespaces].map(namespace => [
          namespace,
          this.phaseOf(namespace),
        ]),
      ),
      takenAt: takenAt.toISOString(),
      judgedAt: new Date(takenAt.getTime() + judgedAfter * 1000).toISOString(),
    };
  }

  phaseOf(namespace: string): 'Active' | 'Terminating' | 'missing' {
    const found = this.observer.get('Namespace', '', namespace) as
      | (Observed & { status?: { phase?: 'Active' | 'Terminating' } })
      | undefined;
    return found ? found.status?.phase ?? 'Active' : 'missing';
  }

  /** The Flux objects of the namespace as they were after a change. */
  #presentAt(version: number): FluxObject[] {
    const present = new Map<string, FluxObject>();
    for (const { object, deleted, ...change } of this.observer.changes(
      this.namespace,
    )) {
      const key = `${object.kind}/${object.metadata.name}`;
      if (!isFluxKind(object.kind) || change.version > version) {
        continue;
      }
      if (deleted) {
        present.delete(key);
      } else {
        present.set(key, object as unknown as FluxObject);
      }
    }
    return [...present.values()];
  }
}

export type FluxKind = 'GitRepository' | 'Kustomization';

export function isFluxKind(kind: string): kind is FluxKind {
  return kind === 'GitRepository' || kind === 'Kustomization';
}

export function conditionOf(object: FluxObject | undefined, type: string) {
  return object?.status?.conditions?.find(candidate => candidate.type === type);
}

/** Does Ready speak about the spec as it is now? */
export function isCurrent(object: FluxObject): boolean {
  return (
    conditionOf(object, 'Ready')?.observedGeneration ===
    object.metadata.generation
  );
}

function apiVersionOf(kind: FluxKind): string {
  return kind === 'GitRepository'
    ? 'source.toolkit.fluxcd.io/v1'
    : 'kustomize.toolkit.fluxcd.io/v1';
}

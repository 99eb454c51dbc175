import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { BuildError } from '../../kustomize/BuildError';
import {
  buildKustomization,
  Overrides,
} from '../../kustomize/buildKustomization';
import { FileTree } from '../../kustomize/FileTree';
import { isObject, JsonObject } from '../../kustomize/json';
import { KubeObject, ObjectStore } from '../../kubernetes/ObjectStore';
import { ResourceKind } from '../../kubernetes/ResourceKind';
import { StatusError } from '../../kubernetes/StatusError';
import {
  deleteCondition,
  getCondition,
  isCondition,
  markReconciling,
  markRetrying,
  markStalled,
  setCondition,
} from '../conditions';
import { formatDuration, parseDuration } from '../duration';
import { EventRecorder } from '../EventRecorder';
import { fluxCopy, FluxObject, keyOf, recordRequest } from '../FluxObject';
import { FluxObjectWriter } from '../FluxObjectWriter';
import { Artifact, ArtifactStorage } from '../source/ArtifactStorage';
import { watchKeys } from '../watchKeys';
import { Requeue, WorkQueue } from '../WorkQueue';
import { ApplyError, applyObjects, Change, showChanges } from './applyObjects';
import { addToHistory } from './history';
import { fromInventory, staleReferences, toInventory } from './inventory';
import {
  identity,
  ObjectReference,
  referenceOf,
  showReference,
} from './objectReference';
import { ownerLabels, pruneObjects, showDeleted } from './pruneObjects';
import { substituteVariables } from './substituteVariables';
import { HealthError, waitForHealth } from './waitForHealth';

const NAME = 'kustomize-controller';
const GROUP = 'kustomize.toolkit.fluxcd.io';
const DEPENDENCY_RETRY_MS = 30_000;
const MIN_TIMEOUT_MS = 30_000;

/** Fields whose meaning the sandbox does not have. */
const UNSUPPORTED = [
  'decryption',
  'kubeConfig',
  'healthCheckExprs',
  'ignore',
  'patchesStrategicMerge',
  'patchesJson6902',
];

/** A pass that ended badly, after Ready has been set. */
class ReconcileError extends Error {
  constructor(message: string, readonly requeueAfterMs?: number) {
    super(message);
  }
}

/** Options of {@link KustomizationController}. */
export interface KustomizationControllerOptions {
  store: ObjectStore;
  kind: ResourceKind;
  sourceKind: ResourceKind;
  storage: ArtifactStorage;
  onError: (message: string) => void;
}

function intervalOf(object: FluxObject): number {
  return parseDuration(object.spec.interval, 60_000);
}

function retryAfter(object: FluxObject): number {
  return parseDuration(object.spec.retryInterval, intervalOf(object));
}

/** `spec.timeout`, else the interval less 30 s; never under 30 s. */
function timeoutOf(object: FluxObject): number {
  return Math.max(
    parseDuration(object.spec.timeout, intervalOf(object) - 30_000),
    MIN_TIMEOUT_MS,
  );
}

function identityOf(object: FluxObject) {
  const { name, namespace = '' } = object.metadata;
  return { name, namespace };
}

function userOf(object: FluxObject): string | undefined {
  const { serviceAccountName } = object.spec;
  return serviceAccountName
    ? `system:serviceaccount:${object.metadata.namespace}:${serviceAccountName}`
    : undefined;
}

function sourceOf(object: KubeObject): {
  kind: string;
  name: string;
  namespace: string;
} {
  const spec = isObject(object.spec) ? object.spec : {};
  const ref = isObject(spec.sourceRef) ? spec.sourceRef : {};
  return {
    kind: String(ref.kind ?? ''),
    name: String(ref.name ?? ''),
    namespace: String(ref.namespace ?? object.metadata.namespace ?? ''),
  };
}

/** Does for Kustomization objects what Flux's kustomize-controller does. */
export class KustomizationController {
  private readonly queue: WorkQueue;
  private readonly writer: FluxObjectWriter;
  private readonly events: EventRecorder;
  private readonly unwatch: (() => void)[];
  private counter = 0;

  constructor(private readonly options: KustomizationControllerOptions) {
    const { store, kind } = options;
    this.writer = new FluxObjectWriter(store, kind, NAME);
    this.events = new EventRecorder(store, NAME);
    this.queue = new WorkQueue(
      (key, signal) => this.reconcile(key, signal),
      (key, error) => options.onError(`Kustomization ${key}: ${error}`),
    );
    this.unwatch = [this.watchSources()];
    this.unwatch.push(watchKeys(store, kind, key => this.queue.add(key)));
  }

  async stop(): Promise<void> {
    this.unwatch.forEach(end => end());
    await this.queue.stop();
  }

  /** A new artifact is for every Kustomization of the source that has not tried it yet. */
  private watchSources(): () => void {
    const { store, kind, sourceKind } = this.options;
    const revisions = new Map<string, string>();
    for (const source of store.list(sourceKind)) {
      const { artifact } = fluxCopy(source).status;
      revisions.set(
        keyOf(source),
        String((artifact as Artifact | undefined)?.revision),
      );
    }
    return store.watch(sourceKind, ({ type, object: source }) => {
      const key = keyOf(source);
      const artifact = fluxCopy(source).status.artifact as Artifact | undefined;
      if (type === 'DELETED') {
        revisions.delete(key);
        return;
      }
      if (!artifact || revisions.get(key) === artifact.revision) {
        return;
      }
      revisions.set(key, artifact.revision);
      for (const stored of store.list(kind)) {
        const object = fluxCopy(stored);
        const ref = sourceOf(object);
        const busy =
          isCondition(object, 'Ready', 'True') ||
          isCondition(object, 'Reconciling', 'True');
        const tried = object.status.lastAttemptedRevision === artifact.revision;
        if (
          ref.kind === 'GitRepository' &&
          `${ref.namespace}/${ref.name}` === key &&
          !(busy && tried)
        ) {
          this.queue.add(keyOf(object));
        }
      }
    });
  }

  private event(
    object: FluxObject,
    severity: 'info' | 'error',
    message: string,
    revision?: unknown,
  ): void {
    this.events.record(
      object,
      severity === 'error' ? 'Warning' : 'Normal',
      getCondition(object, 'Ready')?.reason ?? severity,
      message,
      revision ? { [`${GROUP}/revision`]: String(revision) } : {},
    );
  }

  private async reconcile(key: string, signal: AbortSignal): Promise<Requeue> {
    const started = Date.now();
    const [namespace, name] = key.split('/');
    const stored = this.options.store.get(this.options.kind, namespace, name);
    if (!stored) {
      return undefined;
    }
    const object = fluxCopy(stored);
    if (object.metadata.deletionTimestamp) {
      return await this.finalize(object, signal);
    }
    this.writer.addFinalizer(object);
    let requeue: Requeue;
    if (object.spec.suspend !== true) {
      try {
        requeue = await this.reconcileObject(object, started, signal);
      } catch (error) {
        if (signal.aborted) {
          return undefined;
        }
        throw error;
      }
    }
    this.finishStatus(object);
    if (object.spec.suspend !== true && isCondition(object, 'Ready', 'True')) {
      this.event(
        object,
        'info',
        `Reconciliation finished in ${formatDuration(
          Date.now() - started,
        )}, next run in ${formatDuration(intervalOf(object))}`,
        object.status.lastAppliedRevision,
      );
    }
    return requeue;
  }

  /** Last act of every pass. */
  private finishStatus(object: FluxObject): void {
    recordRequest(object);
    if (isCondition(object, 'Ready', 'True')) {
      deleteCondition(object, 'Reconciling');
      object.status.observedGeneration = object.metadata.generation;
    }
    if (isCondition(object, 'Ready', 'False')) {
      markRetrying(object);
    }
    this.writer.writeStatus(object);
  }

  private notReady(object: FluxObject, reason: string, message: string): void {
    setCondition(object, 'Ready', 'False', reason, message);
  }

  private async reconcileObject(
    object: FluxObject,
    started: number,
    signal: AbortSignal,
  ): Promise<Requeue> {
    const { store, sourceKind } = this.options;
    const ref = sourceOf(object);
    const unsupported =
      UNSUPPORTED.find(field => object.spec[field] !== undefined) ??
      (ref.kind !== 'GitRepository' ? 'sourceRef.kind' : undefined) ??
      (this.dependencies(object).some(({ readyExpr }) => readyExpr)
        ? 'dependsOn[].readyExpr'
        : undefined);
    if (unsupported) {
      const message = `the sandbox does not support spec.${unsupported} of a Kustomization`;
      this.notReady(object, 'ReconciliationFailed', message);
      markStalled(object, 'ReconciliationFailed', message);
      this.event(object, 'error', message);
      return undefined;
    }
    if (ref.namespace !== object.metadata.namespace) {
      // As with --no-cross-namespace-refs, the setting for clusters of many teams.
      const message = `can't access '${ref.kind}/${ref.namespace}/${ref.name}', cross-namespace references have been blocked`;
      this.notReady(object, 'AccessDenied', message);
      markStalled(object, 'AccessDenied', message);
      this.event(object, 'error', message);
      return undefined;
    }
    const source = store.get(sourceKind, ref.namespace, ref.name);
    if (!source) {
      this.notReady(
        object,
        'ArtifactFailed',
        `${sourceKind.kind}.${sourceKind.group} "${ref.name}" not found`,
      );
      return { afterMs: retryAfter(object) };
    }
    const artifact = fluxCopy(source).status.artifact as Artifact | undefined;
    if (!artifact) {
      this.notReady(
        object,
        'ArtifactFailed',
        `Source artifact not found, retrying in ${formatDuration(
          DEPENDENCY_RETRY_MS,
        )}`,
      );
      return { afterMs: DEPENDENCY_RETRY_MS };
    }
    const waiting = this.unmetDependency(object, artifact);
    if (waiting) {
      this.notReady(object, 'DependencyNotReady', waiting);
      this.event(
        object,
        'info',
        `Dependencies do not meet ready condition, retrying in ${formatDuration(
          DEPENDENCY_RETRY_MS,
        )}`,
        artifact.revision,
      );
      return { afterMs: DEPENDENCY_RETRY_MS };
    }
    try {
      await this.deploy(object, artifact, started, signal);
      return { afterMs: intervalOf(object) };
    } catch (error) {
      if (!(error instanceof ReconcileError) || signal.aborted) {
        throw error;
      }
      if (error.requeueAfterMs !== undefined) {
        return { afterMs: error.requeueAfterMs };
      }
      this.event(object, 'error', error.message, artifact.revision);
      return { afterMs: retryAfter(object) };
    }
  }

  private dependencies(object: FluxObject): JsonObject[] {
    const { dependsOn } = object.spec;
    return Array.isArray(dependsOn) ? dependsOn.filter(isObject) : [];
  }

  private unmetDependency(
    object: FluxObject,
    artifact: Artifact,
  ): string | undefined {
    const { store, kind } = this.options;
    for (const dependency of this.dependencies(object)) {
      const namespace = String(
        dependency.namespace || object.metadata.namespace,
      );
      const name = String(dependency.name);
      const shown = `dependency '${namespace}/${name}'`;
      const stored = store.get(kind, namespace, name);
      if (!stored) {
        return `${shown} not found: ${kind.plural}.${kind.group} "${name}" not found`;
      }
      const other = fluxCopy(stored);
      if (
        other.metadata.generation !== other.status.observedGeneration ||
        !isCondition(other, 'Ready', 'True')
      ) {
        return `${shown} is not ready`;
      }
      const [mine, theirs] = [sourceOf(object), sourceOf(other)];
      const sameSource =
        mine.kind === theirs.kind &&
        mine.name === theirs.name &&
        mine.namespace === theirs.namespace;
      if (
        sameSource &&
        other.status.lastAppliedRevision !== artifact.revision
      ) {
        return `${shown} revision is not up to date`;
      }
    }
    return undefined;
  }

  /** Says what is being done now; every stage is visible in the cluster. */
  private stage(object: FluxObject, what: string, revision: string): void {
    markReconciling(
      object,
      'Progressing',
      `${what} for revision ${revision} with a timeout of ${formatDuration(
        timeoutOf(object),
      )}`,
    );
    this.writer.writeStatus(object);
  }

  private fail(object: FluxObject, reason: string, message: string): never {
    this.notReady(object, reason, message);
    throw new ReconcileError(message);
  }

  private async deploy(
    object: FluxObject,
    artifact: Artifact,
    started: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { revision } = artifact;
    setCondition(
      object,
      'Ready',
      'Unknown',
      'Progressing',
      'Reconciliation in progress',
    );
    this.stage(object, 'Fetching manifests', revision);
    const tree = await this.fetch(object, artifact);
    const path =
      FileTree.join('', String(object.spec.path ?? './').replace(/^\/+/, '')) ??
      '';
    if (!tree.exists(path)) {
      this.fail(
        object,
        'ArtifactFailed',
        `kustomization path not found: stat ${tree.show(
          path,
        )}: no such file or directory`,
      );
    }
    object.status.lastAttemptedRevision = revision;
    this.stage(object, 'Building manifests', revision);
    const objects = this.build(object, tree, path);
    const digest = `sha256:${createHash('sha256')
      .update(objects.map(built => stringify(built)).join('---\n'))
      .digest('hex')}`;
    const remember = (status: string) => {
      object.status.history = addToHistory(object.status.history, {
        digest,
        durationMs: Date.now() - started,
        status,
        revision,
      });
    };

    this.stage(object, 'Detecting drift', revision);
    const before = fromInventory(object.status.inventory);
    const changes = await this.apply(object, objects, revision, signal).catch(
      error => {
        if (error instanceof ReconcileError) {
          remember('ReconciliationFailed');
        }
        throw error;
      },
    );
    const applied = changes.map(({ reference }) => reference);
    object.status.inventory = toInventory(applied);
    if (object.spec.prune === true) {
      const { deleted, survivors, error } = pruneObjects({
        store: this.options.store,
        references: staleReferences(before, applied),
        owner: identityOf(object),
        user: userOf(object),
      });
      if (deleted.length > 0) {
        this.event(object, 'info', showDeleted(deleted), revision);
      }
      if (error) {
        object.status.inventory = toInventory([...applied, ...survivors]);
        remember('PruneFailed');
        this.fail(object, 'PruneFailed', error);
      }
    }
    try {
      await this.checkHealth(object, changes, revision, signal);
    } catch (error) {
      if (error instanceof ReconcileError) {
        remember('HealthCheckFailed');
      }
      throw error;
    }
    object.status.lastAppliedRevision = revision;
    setCondition(
      object,
      'Ready',
      'True',
      'ReconciliationSucceeded',
      `Applied revision: ${revision}`,
    );
    remember('ReconciliationSucceeded');
  }

  private async fetch(
    object: FluxObject,
    artifact: Artifact,
  ): Promise<FileTree> {
    let files: Map<string, Buffer> | undefined;
    try {
      files = await this.options.storage.read(artifact);
    } catch (error) {
      return this.fail(object, 'ArtifactFailed', (error as Error).message);
    }
    if (!files) {
      const message = `Source is not ready, artifact not found, retrying in ${formatDuration(
        DEPENDENCY_RETRY_MS,
      )}`;
      this.notReady(object, 'ArtifactFailed', message);
      throw new ReconcileError(message, DEPENDENCY_RETRY_MS);
    }
    this.counter += 1;
    return new FileTree(`/tmp/kustomization-${this.counter}`, files);
  }

  private build(object: FluxObject, tree: FileTree, path: string) {
    const { spec } = object;
    try {
      if (tree.isFile(path)) {
        throw new BuildError(
          `kustomize build failed: '${tree.show(
            path,
          )}' must be a directory: it is a file`,
        );
      }
      let built = buildKustomization(tree, path, {
        targetNamespace: spec.targetNamespace,
        namePrefix: spec.namePrefix,
        nameSuffix: spec.nameSuffix,
        patches: spec.patches,
        images: spec.images,
        components: spec.components,
      } as Overrides);
      if (isObject(spec.postBuild)) {
        built = substituteVariables({
          store: this.options.store,
          namespace: object.metadata.namespace ?? '',
          postBuild: spec.postBuild,
          objects: built,
        });
      }
      return built.map(item => this.own(object, item));
    } catch (error) {
      if (error instanceof BuildError) {
        return this.fail(object, 'BuildFailed', error.message);
      }
      throw error;
    }
  }

  /** Marks a built object as this Kustomization's. */
  private own(object: FluxObject, built: JsonObject): KubeObject {
    const owned = structuredClone(built) as KubeObject;
    const common = isObject(object.spec.commonMetadata)
      ? object.spec.commonMetadata
      : {};
    owned.metadata.labels = {
      ...owned.metadata.labels,
      ...(common.labels as Record<string, string> | undefined),
      ...ownerLabels(identityOf(object)),
    };
    if (isObject(common.annotations)) {
      owned.metadata.annotations = {
        ...owned.metadata.annotations,
        ...(common.annotations as Record<string, string>),
      };
    }
    const kind = this.options.store.resolve(owned.apiVersion, owned.kind);
    if (kind && !kind.namespaced) {
      delete owned.metadata.namespace;
    }
    return owned;
  }

  private async apply(
    object: FluxObject,
    objects: KubeObject[],
    revision: string,
    signal: AbortSignal,
  ): Promise<Change[]> {
    const encrypted = objects.find(
      built => built.kind === 'Secret' && isObject(built.sops),
    );
    if (encrypted) {
      return this.fail(
        object,
        'ReconciliationFailed',
        `${showReference(
          referenceOf(encrypted),
        )} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
      );
    }
    try {
      const changes = await applyObjects({
        store: this.options.store,
        objects,
        user: userOf(object),
        force: object.spec.force === true,
        signal,
      });
      const log = showChanges(changes);
      if (log) {
        this.event(object, 'info', log, revision);
      }
      return changes;
    } catch (error) {
      if (error instanceof ApplyError) {
        return this.fail(object, 'ReconciliationFailed', error.message);
      }
      throw error;
    }
  }

  /** What `spec.wait` or `spec.healthChecks` ask to be healthy. */
  private toCheck(object: FluxObject, changes: Change[]): ObjectReference[] {
    const { wait, healthChecks } = object.spec;
    const listed = (Array.isArray(healthChecks) ? healthChecks : [])
      .filter(isObject)
      .map(check => {
        const apiVersion = String(check.apiVersion ?? 'v1');
        const slash = apiVersion.indexOf('/');
        return {
          group: slash < 0 ? '' : apiVersion.slice(0, slash),
          version: apiVersion.slice(slash + 1),
          kind: String(check.kind),
          namespace: String(check.namespace ?? ''),
          name: String(check.name),
        };
      });
    const all =
      wait === true
        ? changes
            .filter(({ action }) => action !== 'skipped')
            .map(({ reference }) => reference)
        : listed;
    const self = identity(referenceOf(object));
    return all.filter(reference => identity(reference) !== self);
  }

  private async checkHealth(
    object: FluxObject,
    changes: Change[],
    revision: string,
    signal: AbortSignal,
  ): Promise<void> {
    const references = this.toCheck(object, changes);
    if (references.length === 0) {
      deleteCondition(object, 'Healthy');
      return;
    }
    const wasHealthy = isCondition(object, 'Healthy', 'True');
    const isNewRevision = object.status.lastAppliedRevision !== revision;
    const timeoutMs = timeoutOf(object);
    setCondition(
      object,
      'Healthy',
      'Unknown',
      'Progressing',
      `Running health checks for revision ${revision} with a timeout of ${formatDuration(
        timeoutMs,
      )}`,
    );
    this.stage(object, 'Running health checks', revision);
    const started = Date.now();
    try {
      await waitForHealth({
        store: this.options.store,
        references,
        timeoutMs,
        user: userOf(object),
        signal,
      });
    } catch (error) {
      if (!(error instanceof HealthError)) {
        throw error;
      }
      setCondition(
        object,
        'Healthy',
        'False',
        'HealthCheckFailed',
        error.message,
      );
      this.fail(
        object,
        'HealthCheckFailed',
        `health check failed after ${formatDuration(Date.now() - started)}: ${
          error.message
        }`,
      );
    }
    const message = `Health check passed in ${formatDuration(
      Date.now() - started,
    )}`;
    if (!wasHealthy || (isNewRevision && showChanges(changes) !== '')) {
      this.event(object, 'info', message, revision);
    }
    setCondition(object, 'Healthy', 'True', 'Succeeded', message);
    this.writer.writeStatus(object);
  }

  private mayPrune(object: FluxObject): boolean {
    const { suspend, prune, deletionPolicy = 'MirrorPrune' } = object.spec;
    if (
      suspend === true ||
      fromInventory(object.status.inventory).length === 0
    ) {
      return false;
    }
    return deletionPolicy === 'MirrorPrune'
      ? prune === true
      : deletionPolicy === 'Delete' || deletionPolicy === 'WaitForTermination';
  }

  /** Takes down what was applied, then lets the object go. */
  private async finalize(
    object: FluxObject,
    signal: AbortSignal,
  ): Promise<Requeue> {
    const { store } = this.options;
    const revision = object.status.lastAppliedRevision;
    if (this.mayPrune(object)) {
      const references = fromInventory(object.status.inventory);
      const { serviceAccountName } = object.spec;
      const accounts = store.resolve('v1', 'ServiceAccount');
      const mayAct =
        !serviceAccountName ||
        (accounts &&
          store.get(
            accounts,
            object.metadata.namespace,
            String(serviceAccountName),
          ));
      if (mayAct) {
        const { deleted, error } = pruneObjects({
          store,
          references,
          owner: identityOf(object),
          user: userOf(object),
        });
        if (error) {
          this.event(
            object,
            'error',
            'pruning for deleted resource failed',
            revision,
          );
          recordRequest(object);
          this.writer.writeStatus(object);
          return { afterMs: 1_000 };
        }
        if (deleted.length > 0) {
          this.event(object, 'info', showDeleted(deleted), revision);
          if (object.spec.deletionPolicy === 'WaitForTermination') {
            await this.waitUntilGone(object, deleted, signal);
          }
        }
      } else {
        this.event(
          object,
          'error',
          `unable to prune objects: \n${references
            .map(showReference)
            .join('\n')}`,
          revision,
        );
      }
    }
    if (!signal.aborted) {
      this.writer.removeFinalizer(object);
    }
    return undefined;
  }

  private async waitUntilGone(
    object: FluxObject,
    references: ObjectReference[],
    signal: AbortSignal,
  ): Promise<void> {
    const { store } = this.options;
    const left = () =>
      references.some(({ group, version, kind, namespace, name }) => {
        const served = store.resolve(
          group ? `${group}/${version}` : version,
          kind,
        );
        return served && this.readable(served, namespace, name);
      });
    const until = Date.now() + timeoutOf(object);
    while (left() && Date.now() < until && !signal.aborted) {
      await new Promise(resolve => {
        setTimeout(resolve, 100);
      });
    }
    if (left() && !signal.aborted) {
      this.event(
        object,
        'error',
        'failed to wait for resources termination',
        object.status.lastAppliedRevision,
      );
    }
  }

  private readable(kind: ResourceKind, namespace: string, name: string) {
    try {
      return this.options.store.get(
        kind,
        kind.namespaced ? namespace : undefined,
        name,
      );
    } catch (error) {
      if (error instanceof StatusError) {
        return undefined;
      }
      throw error;
    }
  }
}

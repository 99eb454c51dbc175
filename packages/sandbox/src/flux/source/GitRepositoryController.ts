import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../../git/git';
import { isObject } from '../../kustomize/json';
import { ObjectStore } from '../../kubernetes/ObjectStore';
import { ResourceKind } from '../../kubernetes/ResourceKind';
import {
  deleteCondition,
  getCondition,
  isCondition,
  markReconciling,
  markRetrying,
  markStalled,
  setCondition,
} from '../conditions';
import { parseDuration } from '../duration';
import { EventRecorder } from '../EventRecorder';
import {
  fluxCopy,
  FluxObject,
  keyOf,
  recordRequest,
  requestedAt,
} from '../FluxObject';
import { FluxObjectWriter } from '../FluxObjectWriter';
import { watchKeys } from '../watchKeys';
import { Requeue, WorkQueue } from '../WorkQueue';
import { Artifact, ArtifactStorage } from './ArtifactStorage';
import { authOptionsOf, secretData } from './authOptions';
import { checkout, GitReference } from './checkout';
import { RemoteError } from './RemoteError';
import { RemoteRepository } from './RemoteRepository';

const NAME = 'source-controller';
const MIN_RETRY_MS = 750;
const MAX_RETRY_MS = 15 * 60_000;

/** Conditions that make Ready false, most important first. */
const FAILURES = [
  'StorageOperationFailed',
  'FetchFailed',
  'IncludeUnavailable',
  'ArtifactOutdated',
];

/** Fields whose meaning the sandbox does not have. */
const UNSUPPORTED = [
  'verify',
  'include',
  'sparseCheckout',
  'recurseSubmodules',
  'proxySecretRef',
  'ignore',
  'serviceAccountName',
];

/** A pass that ended badly. `stalled` waits for a change of the specification. */
class ReconcileError extends Error {
  constructor(
    readonly reason: string,
    message: string,
    readonly stalled = false,
  ) {
    super(message);
  }
}

type Result =
  | { kind: 'success' }
  /** Nothing new upstream: all is well, and no event is worth it. */
  | { kind: 'unchanged' }
  | { kind: 'suspended' }
  | { kind: 'failed'; error: ReconcileError };

/** Options of {@link GitRepositoryController}. */
export interface GitRepositoryControllerOptions {
  store: ObjectStore;
  kind: ResourceKind;
  storage: ArtifactStorage;
  /** Fetched commits are cached here. */
  cacheDir: string;
  onError: (message: string) => void;
}

/** Does for GitRepository objects what Flux's source-controller does. */
export class GitRepositoryController {
  private readonly queue: WorkQueue;
  private readonly writer: FluxObjectWriter;
  private readonly events: EventRecorder;
  private readonly failures = new Map<string, number>();
  private readonly unwatch: () => void;

  constructor(private readonly options: GitRepositoryControllerOptions) {
    const { store, kind } = options;
    this.writer = new FluxObjectWriter(store, kind, NAME);
    this.events = new EventRecorder(store, NAME);
    this.queue = new WorkQueue(
      (key, signal) => this.reconcile(key, signal),
      (key, error) => options.onError(`GitRepository ${key}: ${error}`),
    );
    this.unwatch = watchKeys(store, kind, key => this.queue.add(key));
  }

  async stop(): Promise<void> {
    this.unwatch();
    await this.queue.stop();
  }

  private async reconcile(key: string, signal: AbortSignal): Promise<Requeue> {
    const [namespace, name] = key.split('/');
    const stored = this.options.store.get(this.options.kind, namespace, name);
    if (!stored) {
      this.failures.delete(key);
      return undefined;
    }
    const object = fluxCopy(stored);
    const before = fluxCopy(stored);
    if (object.metadata.deletionTimestamp) {
      await this.options.storage.removeAll(namespace, name);
      await rm(this.gitDir(object), { recursive: true, force: true });
      this.writer.removeFinalizer(object);
      return undefined;
    }
    this.writer.addFinalizer(object);
    const commit: { subject?: string } = {};
    let result: Result;
    if (object.spec.suspend === true) {
      result = { kind: 'suspended' };
    } else {
      try {
        result = await this.reconcileObject(object, signal, commit);
      } catch (error) {
        if (signal.aborted) {
          return undefined;
        }
        if (!(error instanceof ReconcileError)) {
          throw error;
        }
        result = { kind: 'failed', error };
      }
    }
    this.summarize(object, result);
    this.writer.writeStatus(object);
    this.announce(before, object, result, commit.subject);
    return this.requeueAfter(object, result);
  }

  private requeueAfter(object: FluxObject, result: Result): Requeue {
    const key = keyOf(object);
    if (result.kind === 'failed' && !result.error.stalled) {
      const failures = this.failures.get(key) ?? 0;
      this.failures.set(key, failures + 1);
      return { afterMs: Math.min(MIN_RETRY_MS * 2 ** failures, MAX_RETRY_MS) };
    }
    this.failures.delete(key);
    return result.kind === 'success' || result.kind === 'unchanged'
      ? { afterMs: parseDuration(object.spec.interval, 60_000) }
      : undefined;
  }

  private gitDir(object: FluxObject): string {
    return join(this.options.cacheDir, `${object.metadata.uid}.git`);
  }

  private progress(object: FluxObject, drift: boolean, message: string): void {
    markReconciling(object, 'Progressing', message);
    const ready = getCondition(object, 'Ready');
    if (drift || !ready || ready.status === 'Unknown') {
      setCondition(object, 'Ready', 'Unknown', 'Progressing', message);
    }
  }

  private fail(
    object: FluxObject,
    condition: string,
    reason: string,
    message: string,
    stalled = false,
  ): never {
    setCondition(object, condition, 'True', reason, message);
    throw new ReconcileError(reason, message, stalled);
  }

  private async reconcileObject(
    object: FluxObject,
    signal: AbortSignal,
    commit: { subject?: string },
  ): Promise<Result> {
    const { storage } = this.options;
    const { generation } = object.metadata;
    const observed = object.status.observedGeneration ?? -1;
    this.progress(object, false, 'reconciliation in progress');
    if (generation !== observed) {
      this.progress(
        object,
        false,
        `processing object: new generation ${observed} -> ${generation}`,
      );
      this.writer.writeStatus(object);
    } else if (
      (requestedAt(object) ?? '') !==
      (object.status.lastHandledReconcileAt ?? '')
    ) {
      this.writer.writeStatus(object);
    }
    deleteCondition(object, 'StorageOperationFailed');

    let artifact = object.status.artifact as Artifact | undefined;
    const missing = artifact && !storage.exists(artifact);
    if (missing) {
      delete object.status.artifact;
      artifact = undefined;
    }
    if (!artifact) {
      this.progress(
        object,
        true,
        `building artifact${missing ? ': disappeared from storage' : ''}`,
      );
      deleteCondition(object, 'ArtifactInStorage');
      this.writer.writeStatus(object);
    }
    return await this.reconcileSource(object, artifact, signal, commit);
  }

  private async reconcileSource(
    object: FluxObject,
    artifact: Artifact | undefined,
    signal: AbortSignal,
    found: { subject?: string },
  ): Promise<Result> {
    const { spec } = object;
    const url = String(spec.url ?? '');
    let address: URL;
    try {
      address = new URL(url);
    } catch {
      return this.fail(
        object,
        'FetchFailed',
        'URLInvalid',
        `failed to parse url '${url}': parse "${url}": invalid URL`,
        true,
      );
    }
    const ref = (isObject(spec.ref) ? spec.ref : {}) as GitReference & {
      semver?: string;
    };
    const unsupported =
      UNSUPPORTED.find(
        field => spec[field] !== undefined && spec[field] !== false,
      ) ??
      (spec.provider !== undefined && spec.provider !== 'generic'
        ? 'provider'
        : undefined) ??
      (ref.semver ? 'ref.semver' : undefined);
    if (unsupported) {
      return this.fail(
        object,
        'FetchFailed',
        'GitOperationFailed',
        `the sandbox does not support spec.${unsupported} of a GitRepository`,
        true,
      );
    }
    const auth = this.readCredentials(object, address);
    deleteCondition(object, 'ArtifactOutdated');

    const timeout = AbortSignal.timeout(parseDuration(spec.timeout, 60_000));
    let result;
    try {
      if (address.protocol === 'ssh:') {
        throw new RemoteError(
          `unable to clone '${url}': the sandbox fetches over HTTP and HTTPS only`,
        );
      }
      result = await checkout({
        url,
        remote: new RemoteRepository(
          url,
          auth,
          AbortSignal.any([signal, timeout]),
        ),
        ref,
        gitDir: this.gitDir(object),
        lastRevision: isCondition(object, 'ArtifactInStorage', 'True')
          ? artifact?.revision
          : undefined,
      });
    } catch (error) {
      if (!(error instanceof RemoteError) || signal.aborted) {
        throw error;
      }
      return this.fail(
        object,
        'FetchFailed',
        'GitOperationFailed',
        `failed to checkout and determine revision: ${error.message}`,
      );
    }
    if (result.kind === 'empty') {
      return this.fail(
        object,
        'FetchFailed',
        'EmptyGitRepository',
        'git repository is empty',
      );
    }
    deleteCondition(object, 'FetchFailed');
    const { revision } = result;
    if (result.kind === 'fetched' && artifact?.revision !== revision) {
      const message = `new upstream revision '${revision}'`;
      if (artifact) {
        setCondition(
          object,
          'ArtifactOutdated',
          'True',
          'NewRevision',
          message,
        );
      }
      this.progress(object, true, `building artifact: ${message}`);
      this.writer.writeStatus(object);
      await this.storeArtifact(object, result.commit, revision);
      found.subject = result.subject;
    }
    deleteCondition(object, 'ArtifactOutdated');
    setCondition(
      object,
      'ArtifactInStorage',
      'True',
      'Succeeded',
      `stored artifact for revision '${revision}'`,
    );
    return { kind: result.kind === 'fetched' ? 'success' : 'unchanged' };
  }

  private readCredentials(object: FluxObject, address: URL) {
    const { store } = this.options;
    const { namespace } = object.metadata;
    const { secretRef } = object.spec;
    let data: Record<string, string> | undefined;
    if (isObject(secretRef)) {
      const kind = store.resolve('v1', 'Secret');
      const secret = kind && store.get(kind, namespace, String(secretRef.name));
      if (!secret) {
        const shown = `failed to get secret '${namespace}/${secretRef.name}'`;
        return this.fail(
          object,
          'FetchFailed',
          'AuthenticationFailed',
          `${shown}: ${shown}: secrets "${secretRef.name}" not found`,
        );
      }
      data = secretData(secret);
    }
    try {
      return authOptionsOf(address, data);
    } catch (error) {
      return this.fail(
        object,
        'FetchFailed',
        'AuthenticationFailed',
        `failed to configure authentication options: ${
          (error as Error).message
        }`,
      );
    }
  }

  private async storeArtifact(
    object: FluxObject,
    commit: string,
    revision: string,
  ): Promise<void> {
    const { namespace = '', name } = object.metadata;
    const ignoreFiles = await runGit(
      ['ls-tree', '-r', '--name-only', '-z', commit],
      { gitDir: this.gitDir(object) },
    );
    if (/(^|[/\0])\.sourceignore\0/.test(ignoreFiles.toString('utf8'))) {
      this.fail(
        object,
        'StorageOperationFailed',
        'SourceIgnoreError',
        'the sandbox does not support .sourceignore files: remove them, or try them against a real cluster',
      );
    }
    try {
      object.status.artifact = await this.options.storage.store({
        namespace,
        name,
        gitDir: this.gitDir(object),
        commit,
        revision,
      });
    } catch (error) {
      this.fail(
        object,
        'StorageOperationFailed',
        'ArchiveOperationFailed',
        `unable to archive artifact to storage: ${(error as Error).message}`,
      );
    }
  }

  /** Derives Ready from the other conditions, as the last act of every pass. */
  private summarize(object: FluxObject, result: Result): void {
    recordRequest(object);
    if (result.kind === 'success' || result.kind === 'unchanged') {
      deleteCondition(object, 'Reconciling');
    }
    markRetrying(object);
    if (result.kind === 'failed' && result.error.stalled) {
      markStalled(object, result.error.reason, result.error.message);
      object.status.observedGeneration = object.metadata.generation;
    } else {
      deleteCondition(object, 'Stalled');
      if (
        result.kind !== 'failed' &&
        (object.status.conditions ?? []).length > 0
      ) {
        object.status.observedGeneration = object.metadata.generation;
      }
    }
    const failed = [...FAILURES, 'Stalled', 'Reconciling']
      .map(type => getCondition(object, type))
      .find(condition => condition?.status === 'True');
    const stored = getCondition(object, 'ArtifactInStorage');
    if (failed) {
      setCondition(object, 'Ready', 'False', failed.reason, failed.message);
    } else if (stored) {
      setCondition(
        object,
        'Ready',
        stored.status,
        stored.reason,
        stored.message,
      );
    }
  }

  private announce(
    before: FluxObject,
    after: FluxObject,
    result: Result,
    subject: string | undefined,
  ): void {
    if (result.kind === 'failed') {
      this.events.record(
        after,
        'Warning',
        result.error.reason,
        result.error.message,
      );
      return;
    }
    const artifact = after.status.artifact as Artifact | undefined;
    if (result.kind === 'suspended' || !artifact) {
      return;
    }
    const annotations = {
      'source.toolkit.fluxcd.io/revision': artifact.revision,
      'source.toolkit.fluxcd.io/digest': artifact.digest,
    };
    const message = `stored artifact for commit '${
      subject ?? artifact.revision
    }'`;
    const previous = before.status.artifact as Artifact | undefined;
    if (previous?.digest !== artifact.digest) {
      this.events.record(after, 'Normal', 'NewArtifact', message, annotations);
    } else if (FAILURES.some(type => isCondition(before, type, 'True'))) {
      this.events.record(after, 'Normal', 'Succeeded', message, annotations);
    }
  }
}

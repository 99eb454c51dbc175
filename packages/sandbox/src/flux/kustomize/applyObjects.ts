import { KubeObject, ObjectStore } from '../../kubernetes/ObjectStore';
import { StatusError } from '../../kubernetes/StatusError';
import {
  applyStage,
  compareForApply,
  ObjectReference,
  referenceOf,
  showReference,
} from './objectReference';
import { HealthError, waitForHealth } from './waitForHealth';

const FIELD_MANAGER = 'kustomize-controller';
const GROUP = 'kustomize.toolkit.fluxcd.io';
const DEFINITIONS_TIMEOUT_MS = 60_000;

/** What became of one object. */
export interface Change {
  reference: ObjectReference;
  action: 'created' | 'configured' | 'unchanged' | 'skipped';
}

/** An apply that failed; its message is Flux's, with what was changed before. */
export class ApplyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ApplyError';
  }
}

export function showChanges(changes: readonly Change[]): string {
  return changes
    .filter(({ action }) => ['created', 'configured'].includes(action))
    .map(({ reference, action }) => `${showReference(reference)} ${action}`)
    .join('\n');
}

function setting(object: KubeObject | undefined, name: string) {
  const key = `${GROUP}/${name}`;
  return (
    object?.metadata.annotations?.[key] ?? object?.metadata.labels?.[key]
  )?.toLowerCase();
}

function isSkipped(wanted: KubeObject, present: KubeObject | undefined) {
  return [wanted, present].some(
    object =>
      setting(object, 'reconcile') === 'disabled' ||
      setting(object, 'ssa') === 'ignore' ||
      (present && setting(object, 'ssa') === 'ifnotpresent'),
  );
}

/** The failure of a trial apply in Flux's words. */
function describeFailure(reference: ObjectReference, error: StatusError) {
  const shown = showReference(reference);
  if (error.reason === 'NotFound') {
    return reference.namespace
      ? `${shown} not found: ${error.message}`
      : `${shown} namespace not specified: ${error.message}`;
  }
  const isConflict = error.details?.causes?.some(
    ({ reason }) => reason === 'FieldManagerConflict',
  );
  const reason = isConflict ? 'FieldManagerConflict' : error.reason;
  return `${shown} dry-run failed${reason ? ` (${reason})` : ''}: ${
    error.message
  }`;
}

/** Options of {@link applyObjects}. */
export interface ApplyObjectsOptions {
  store: ObjectStore;
  objects: readonly KubeObject[];
  /** Applied in the name of this user, and only with its rights. */
  user?: string;
  /** Recreate objects whose immutable fields changed. */
  force: boolean;
  signal: AbortSignal;
}

class Applier {
  readonly changes: Change[] = [];

  constructor(private readonly options: ApplyObjectsOptions) {}

  /** Tries all objects of a stage before it changes one of them. */
  applyStage(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.tryApply(object);
    }
    for (const object of objects) {
      this.changes.push(this.apply(object));
    }
  }

  private kindOf(object: KubeObject) {
    const kind = this.options.store.resolve(object.apiVersion, object.kind);
    if (!kind) {
      throw new ApplyError(
        `${showReference(
          referenceOf(object),
        )} dry-run failed: no matches for kind "${object.kind}" in version "${
          object.apiVersion
        }"`,
      );
    }
    return kind;
  }

  /** Present object, as far as the user may see it. */
  private present(object: KubeObject): KubeObject | undefined {
    const kind = this.kindOf(object);
    const { namespace, name } = object.metadata;
    try {
      return this.options.store.get(
        kind,
        kind.namespaced ? namespace : undefined,
        name,
        { user: this.options.user },
      );
    } catch (error) {
      // Without the right to read, the trial apply tells what is missing.
      if (error instanceof StatusError) {
        return undefined;
      }
      throw error;
    }
  }

  private tryApply(object: KubeObject): void {
    const { store, user, force } = this.options;
    const present = this.present(object);
    if (isSkipped(object, present)) {
      return;
    }
    const write = { fieldManager: FIELD_MANAGER, force: true, user };
    try {
      store.apply(object, { ...write, dryRun: true });
    } catch (error) {
      if (!(error instanceof StatusError)) {
        throw error;
      }
      const immutable = /is immutable|immutable field/.test(error.message);
      const mayRecreate = force || setting(object, 'force') === 'enabled';
      if (present && immutable && mayRecreate) {
        const kind = this.kindOf(object);
        store.delete(kind, object.metadata.namespace, object.metadata.name, {
          user,
          propagation: 'Background',
        });
        return;
      }
      throw new ApplyError(describeFailure(referenceOf(object), error));
    }
  }

  private apply(object: KubeObject): Change {
    const { store, user } = this.options;
    const reference = referenceOf(object);
    const present = this.present(object);
    if (isSkipped(object, present)) {
      return { reference, action: 'skipped' };
    }
    try {
      const result = store.apply(object, {
        fieldManager: FIELD_MANAGER,
        force: true,
        user,
      });
      if (result.created) {
        return { reference, action: 'created' };
      }
      const same =
        present?.metadata.resourceVersion ===
        result.object.metadata.resourceVersion;
      return { reference, action: same ? 'unchanged' : 'configured' };
    } catch (error) {
      if (error instanceof StatusError) {
        throw new ApplyError(
          `${showReference(reference)} apply failed: ${error.message}`,
        );
      }
      throw error;
    }
  }
}

/**
 * Applies objects server-side in Flux's order: definitions first, which must
 * work before the rest follows.
 *
 * @throws ApplyError
 */
export async function applyObjects(
  options: ApplyObjectsOptions,
): Promise<Change[]> {
  const applier = new Applier(options);
  const sorted = [...options.objects].sort((a, b) =>
    compareForApply(referenceOf(a), referenceOf(b)),
  );
  try {
    for (const stage of [0, 1, 2]) {
      const objects = sorted.filter(({ kind }) => applyStage(kind) === stage);
      applier.applyStage(objects);
      if (stage < 2 && objects.length > 0) {
        await waitForHealth({
          store: options.store,
          references: objects.map(referenceOf),
          timeoutMs: DEFINITIONS_TIMEOUT_MS,
          user: options.user,
          signal: options.signal,
        });
      }
    }
  } catch (error) {
    if (error instanceof ApplyError || error instanceof HealthError) {
      throw new ApplyError(`${error.message}\n${showChanges(applier.changes)}`);
    }
    throw error;
  }
  return applier.changes;
}

import { ResourceKind } from './ResourceKind';

/** The metadata every Kubernetes object carries. */
export interface ObjectMetadata {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** A reference to the object another one belongs to, and dies with. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which fields one manager claims, as the API server writes it (`fieldsV1`). */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Record<string, unknown>;
  subresource?: string;
}

/** Any object of the API, built in or custom. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  [key: string]: unknown;
}

/** Who writes, and how. */
export interface WriteOptions {
  /** Recorded in `managedFields`. */
  fieldManager: string;
  /** Validate and answer as if written, but store nothing. */
  dryRun?: boolean;
  /**
   * User to act as, for example `system:serviceaccount:team-a:deployer`. When given, role based access control decides;
   * without it the caller is the control plane itself and may do everything.
   */
  user?: string;
}

/** Options of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  /** Take fields over from their present owners instead of failing with a conflict. */
  force?: boolean;
}

/** Options of a deletion. */
export interface DeleteOptions {
  user?: string;
  dryRun?: boolean;
  /** What becomes of dependents; the API server's default for the kind when absent. */
  propagation?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** One committed change. */
export interface ObjectEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/**
 * The API's state, in process: what controllers inside the sandbox work with. Everything is synchronous and committed (and
 * journalled, where the store is durable) when the call returns. Objects handed out are deep-frozen; copy before changing
 * (`structuredClone`). Objects handed in are copied.
 *
 * Every writing call throws a `StatusError` carrying the code, reason, message and details that the API server answers with.
 */
export interface ObjectStore {
  /** The kind behind an `apiVersion` and `kind`, undefined when it is not served (its CRD may not be installed). */
  resolve(apiVersion: string, kind: string): ResourceKind | undefined;

  /** Newest version, undefined when it does not exist. With `user`, throws Forbidden when that user may not read it. */
  get(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    options?: { user?: string },
  ): KubeObject | undefined;

  /** All objects of the kind, ordered by namespace and name; `labelSelector` in the API's own syntax. */
  list(
    kind: ResourceKind,
    namespace?: string,
    labelSelector?: string,
  ): KubeObject[];

  /** Called after each commit, outside of it; present objects are not replayed. Returns the function that ends it. */
  watch(kind: ResourceKind, listener: (event: ObjectEvent) => void): () => void;

  /** Like POST. */
  create(object: KubeObject, options: WriteOptions): KubeObject;

  /** Like PUT; `metadata.resourceVersion`, when given, must be the newest one. */
  update(object: KubeObject, options: WriteOptions): KubeObject;

  /** Server-side apply: creates or merges, and takes away what this manager applied before and no longer does. */
  apply(
    object: KubeObject,
    options: ApplyOptions,
  ): { object: KubeObject; created: boolean };

  /** `mutate` changes a copy of the newest object; only its `status` is kept. */
  updateStatus(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    mutate: (object: KubeObject) => void,
    options: WriteOptions,
  ): KubeObject;

  /** JSON merge patch (RFC 7396) of everything but the status; finalizers and annotations change here. */
  mergePatch(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    patch: Record<string, unknown>,
    options: WriteOptions,
  ): KubeObject;

  /**
   * Like DELETE. Returns the object as it now is: with a `deletionTimestamp` while finalizers keep it, or as it last was
   * when it is gone.
   */
  delete(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions,
  ): KubeObject;
}

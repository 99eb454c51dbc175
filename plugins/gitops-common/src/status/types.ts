import type { ResourceStatus } from '../model/enumerations';
import type { Wording } from '../words/wording';

/** A condition as Flux writes it (fluxcd/pkg apis/meta). @public */
export interface FluxCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown' | string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
  /** RFC 3339. Last change of status, reason or message: not "last checked". */
  lastTransitionTime?: string;
}

/** @public */
export interface FluxReference {
  kind?: string;
  name: string;
  namespace?: string;
}

/**
 * The fields of a Flux object that carry state. A live object fits this shape
 * as it is; `projectFluxObject` cuts one down to it for storage.
 * @public
 */
export interface FluxObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    /** Who wrote what when; a projection keeps the time of the last write that is not status. */
    managedFields?: { subresource?: string; time?: string }[];
  };
  spec?: {
    suspend?: boolean;
    interval?: string;
    timeout?: string;
    retryInterval?: string;
    path?: string;
    url?: string;
    ref?: {
      branch?: string;
      tag?: string;
      semver?: string;
      commit?: string;
      name?: string;
    };
    type?: string;
    secretRef?: { name: string };
    provider?: string;
    sourceRef?: FluxReference;
    dependsOn?: FluxReference[];
    targetNamespace?: string;
    prune?: boolean;
    serviceAccountName?: string;
    wait?: boolean;
    healthChecks?: unknown[];
    deletionPolicy?: string;
    include?: { repository: { name: string } }[];
  };
  status?: {
    observedGeneration?: number;
    conditions?: FluxCondition[];
    artifact?: {
      revision?: string;
      digest?: string;
      lastUpdateTime?: string;
      url?: string;
    };
    lastAppliedRevision?: string;
    lastAttemptedRevision?: string;
    lastHandledReconcileAt?: string;
    inventory?: { entries?: { id: string; v: string }[] };
    /** What a projection keeps of the inventory. */
    inventoryCount?: number;
  };
}

/** The object could not be read; the reading itself is the news. @public */
export type FailedReading =
  | {
      failure: 'missing';
      /** Which object it is, so that a diagnosis can name it. */
      reference?: FluxReference;
      /** When it was last there; absent when it was never seen. */
      lastSeenAt?: string;
    }
  | {
      failure: 'unreadable';
      /** Which object it is, so that a diagnosis can name it. */
      reference?: FluxReference;
      message: string;
      /** When a reading last succeeded. */
      lastReadAt?: string;
    };

/** @public */
export type Reading = FluxObject | FailedReading;

/** A Kubernetes Event, as far as diagnosis reads it. @public */
export interface FluxEvent {
  type: 'Normal' | 'Warning' | string;
  reason: string;
  message: string;
  /** RFC 3339 */
  lastTimestamp?: string;
  involvedObject?: FluxReference;
}

/** What stands beside a state without replacing it. @public */
export interface StateAttributes {
  /** The object that has to move first, and its state. */
  waitingOn?: FluxReference & { status: ResourceStatus; cycle?: boolean };
  /** Ready, but its source fails or is suspended: later commits will not arrive. */
  frozen?: boolean;
  /** Revision that is fetched but not applied yet. */
  behind?: string;
  /**
   * Ready means "applied" only: `unset` where the spec asks for no health
   * check, `nothing-to-check` where it does but there is no workload.
   */
  healthUnchecked?: 'unset' | 'nothing-to-check';
  /** Takes longer than the controller's own limit allows. */
  overdue?: boolean;
  /** A failure that the controller tries again by itself. */
  retrying?: boolean;
  /** How often it is tried, as in the spec (`1m0s`); absent for sources, which back off. */
  retryInterval?: string;
  /** What the controller is doing, in its own words. */
  stage?: string;
  /** A reconcile was requested and not picked up yet (RFC 3339 or raw token). */
  requested?: string;
  /** Ready by design: the kind has no status. */
  static?: boolean;
  /** Finalizers that hold a terminating object. */
  finalizers?: string[];
  /** Terminating for more than five minutes. */
  stuck?: boolean;
  /** The last outcome, where the state itself is not an outcome. */
  previous?: {
    status: ResourceStatus;
    reason?: string;
    message?: string;
  };
}

/** @public */
export interface DerivedState {
  status: ResourceStatus;
  /** Row of the state table that matched, for example `11a`. */
  rule: string;
  /** As the controller wrote it. */
  reason?: string;
  /** As the controller wrote it, uncut. */
  message?: string;
  /** RFC 3339: when this state began, as far as the object tells. */
  since?: string;
  /** Applied revision (Kustomization) or fetched revision (source). */
  revision?: string;
  attributes: StateAttributes;
  /** RFC 3339: when time alone may change this answer; absent if it cannot. */
  recheckAt?: string;
}

/** @public */
export interface Diagnosis {
  /**
   * Row of the diagnosis catalogue: `G..` sources, `K..` Kustomizations, `H..`
   * HelmReleases, `T..` deletions. Beside them `missing`, `unreadable`,
   * `no-controller`, `overdue`, `suspended-request`, `suspended-deletion`, `frozen`,
   * `terminating-held`, and `unlisted` for a failure that no row knows.
   */
  id: string;
  /** One sentence: what is wrong. */
  cause: string;
  /** The object at fault, and the field where one is to blame. */
  subject: FluxReference & { field?: string };
  /** One thing to do next. */
  nextStep: string;
  /**
   * What `cause` and `nextStep` say in English, to be said in other languages;
   * absent in what was stored before there were any.
   */
  wording?: Wording;
  /** The controller's own words, uncut. */
  message?: string;
  /** A command that shows or mends it. */
  command?: string;
  /** True when the controller will not try again by itself. */
  final?: boolean;
}

/** What `deriveState` and `diagnose` may look up beside the object. @public */
export interface StatusContext {
  /** Reads a Kustomization that this one depends on. */
  dependency?: (reference: FluxReference) => Reading | undefined;
  /** Reads another source: one that is included, or the source of a dependency. */
  source?: (reference: FluxReference) => Reading | undefined;
  /** Phase of the target namespace; `missing` when there is none. */
  namespacePhase?: (
    namespace: string,
  ) => 'Active' | 'Terminating' | 'missing' | undefined;
}

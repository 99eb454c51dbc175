import type {
  DerivedState,
  FluxObject,
} from '@backstage-gitops/plugin-gitops-common';
import { isDeepStrictEqual } from 'node:util';
import type { ResourceStateChanges } from '../database/ResourceStateStore';
import type { GitopsResource } from '../database/tables';
import { isSettled, type Evaluation } from './evaluate';

/** What has to be written of a resource. @internal */
export interface ResourceUpdate {
  changes: ResourceStateChanges;
  /** False when no page would show a difference. */
  visible: boolean;
}

/**
 * Compares a row with what the cluster shows.
 *
 * @param at - Time of the portal, RFC 3339.
 * @returns undefined when there is nothing to write.
 * @internal
 */
export function resourceChanges(
  row: GitopsResource,
  evaluation: Evaluation,
  at: string,
): ResourceUpdate | undefined {
  const { object, derived, diagnosis } = evaluation;
  const shown = {
    status: derived.status,
    statusReason: derived.reason,
    statusMessage: derived.message,
    suspended: object ? object.spec?.suspend === true : row.suspended,
    attributes: stable(derived.attributes),
    diagnosis: stable(diagnosis),
    // What was applied stays applied when the object goes away.
    lastAppliedRevision: object
      ? derivedRevision(object)
      : row.lastAppliedRevision,
    lastAttemptedRevision: object
      ? object.status?.lastAttemptedRevision
      : row.lastAttemptedRevision,
  };
  // Pages wait for the token of a reconcile that somebody asked for, also when
  // the state stays as it was.
  const handled =
    object !== undefined &&
    object.status?.lastHandledReconcileAt !==
      row.observed?.status?.lastHandledReconcileAt;
  const visible =
    handled ||
    Object.entries(shown).some(
      ([key, value]) =>
        !isDeepStrictEqual(stable(row[key as keyof typeof shown]), value),
    );
  const hidden =
    object !== undefined &&
    (object.metadata.uid !== row.uid ||
      object.metadata.generation !== row.generation ||
      !isDeepStrictEqual(
        content(object),
        row.observed && content(row.observed),
      ));
  if (!visible && !hidden) {
    return undefined;
  }
  const { status } = derived;
  const same = status === row.status;
  const since = derived.since ?? at;
  return {
    visible,
    changes: {
      ...shown,
      ...(object && {
        uid: object.metadata.uid,
        generation: object.metadata.generation,
        observed: object,
      }),
      statusSince: same ? row.statusSince ?? since : since,
      lastStatusUpdateAt: at,
      readySince:
        status === 'ready' ? (same && row.readySince) || since : undefined,
      recheckAt: derived.recheckAt,
      // The last outcome stays until there is another one.
      errorMessage: isSettled(status)
        ? failureMessage(derived)
        : row.errorMessage,
      ...(shown.lastAppliedRevision !== row.lastAppliedRevision && {
        lastAppliedAt: at,
      }),
      ...(shown.lastAttemptedRevision !== row.lastAttemptedRevision && {
        lastAttemptedAt: at,
      }),
    },
  };
}

function failureMessage({ status, message, reason }: DerivedState) {
  return status === 'ready' ? undefined : message ?? reason ?? status;
}

/** Applied revision of a Kustomization, fetched one of a source. */
function derivedRevision({ status }: FluxObject): string | undefined {
  return status?.lastAppliedRevision ?? status?.artifact?.revision;
}

/**
 * An object without what changes though nothing happened: its version, and the
 * times of conditions, which move with every run that ends as the one before.
 */
function content(object: FluxObject): unknown {
  const { resourceVersion, managedFields, ...metadata } = object.metadata;
  return stable({
    ...object,
    metadata,
    status: object.status && {
      ...object.status,
      conditions: object.status.conditions?.map(
        ({ lastTransitionTime, ...condition }) => condition,
      ),
    },
  });
}

/** As it looks after having been stored: without undefined members. @internal */
export function stable<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

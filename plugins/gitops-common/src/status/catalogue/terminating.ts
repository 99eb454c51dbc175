import { controllerOf, referenceTo } from '../kinds';
import { controllerTimeout, TERMINATION_LIMIT } from '../timeouts';
import { deadline, parseTime } from '../times';
import type { FluxEvent, FluxObject, FluxReference } from '../types';
import { phrase } from '../../words/english';
import type { Explanation } from './catalogueEntry';
import { describeCommand, kubectl } from './commands';
import { nameOf } from './messageParts';

const FLUX_FINALIZER = 'finalizers.fluxcd.io';
/** What the catalogue knows about a deletion, and the words that gave it away. @internal */
export interface DeletionFinding {
  id: string;
  explanation: Explanation;
  message?: string;
}

/** What is known of a deletion beside the object. @internal */
export interface DeletionFacts {
  /** Those of other objects are left out. */
  events: readonly FluxEvent[];
  now: Date;
  /** Whether it takes longer than it should. */
  stuck: boolean;
  /** Phase of the target namespace. */
  targetNamespace?: 'Active' | 'Terminating' | 'missing';
}

/**
 * Why a deletion does not end, or ended badly. The reason stands in events and
 * in the spec, never in a condition: Ready keeps its old value.
 *
 * @internal
 */
export function findDeletionTrouble(
  object: FluxObject,
  { events, now, stuck, targetNamespace }: DeletionFacts,
): DeletionFinding | undefined {
  const { metadata, spec } = object;
  const own = eventsSince(object, events);
  const reference = referenceTo(object);
  const values = { object: nameOf(reference) };

  const refusal = warning(own, /pruning for deleted resource failed/);
  const namespaceGoes =
    targetNamespace === 'Terminating' || targetNamespace === 'missing';
  // An identity with rights of its own finds nothing left to delete there.
  if (namespaceGoes && (refusal || spec?.serviceAccountName)) {
    return {
      id: 'T4',
      message: refusal?.message,
      explanation: {
        says: targetNamespace === 'missing' ? 'T4-missing' : 'T4-terminating',
        values: { ...values, namespace: spec?.targetNamespace ?? '' },
        field: 'spec.targetNamespace',
      },
    };
  }
  if (refusal) {
    return {
      id: 'T2',
      message: refusal.message,
      explanation: { says: 'T2', values, field: 'spec.serviceAccountName' },
    };
  }
  if (!stuck) {
    return undefined;
  }
  const { passed: waitIsOver } = deadline(
    parseTime(metadata.deletionTimestamp),
    controllerTimeout(object) + TERMINATION_LIMIT,
    now,
  );
  if (spec?.deletionPolicy === 'WaitForTermination' && !waitIsOver) {
    return {
      id: 'T3',
      explanation: {
        says: 'T3',
        values,
        field: 'spec.deletionPolicy',
        command: kubectl(
          spec.targetNamespace,
          'get',
          'all',
          '--selector',
          `kustomize.toolkit.fluxcd.io/name=${metadata.name}`,
        ),
      },
    };
  }
  const finalizers = metadata.finalizers ?? [];
  const start = parseTime(metadata.deletionTimestamp) ?? 0;
  // Events have whole seconds: one of the second of the deletion was there before it.
  const silent = own.every(
    ({ lastTimestamp }) => (parseTime(lastTimestamp) ?? Infinity) <= start,
  );
  if (finalizers.includes(FLUX_FINALIZER) && silent) {
    const controller = controllerOf(object);
    return {
      id: 'T1',
      explanation: {
        says: 'T1',
        values: { ...values, controller },
        field: 'metadata.finalizers',
        command: kubectl('flux-system', 'get', 'deployment', controller),
      },
    };
  }
  return {
    id: 'terminating-held',
    message: own[0]?.message,
    explanation: {
      says: 'terminating-held',
      values: {
        ...values,
        finalizers:
          finalizers.length > 0
            ? finalizers.map(name => phrase('quoted', { name }))
            : phrase('nothingNamed'),
      },
      field: 'metadata.finalizers',
      command: describeCommand(reference),
    },
  };
}

/**
 * What a deletion left behind, once the object itself is gone.
 *
 * @param namespace - Phase of the object's own namespace.
 * @internal
 */
export function findDeletionRemains(
  reference: FluxReference,
  events: readonly FluxEvent[],
  namespace?: 'Active' | 'Terminating' | 'missing',
): DeletionFinding | undefined {
  const own = events.filter(event => isAbout(event, reference));
  const values = { object: nameOf(reference) };
  const skipped = warning(own, /unable to prune objects/);
  if (skipped) {
    return {
      id: 'T4',
      message: skipped.message,
      explanation: {
        says: 'T4-account',
        values,
        field: 'spec.serviceAccountName',
      },
    };
  }
  // No event tells: a namespace that is being deleted takes no new ones.
  const prunes = ['Kustomization', 'HelmRelease'].includes(
    reference.kind ?? '',
  );
  if (prunes && (namespace === 'Terminating' || namespace === 'missing')) {
    return { id: 'T4', explanation: { says: 'T4-namespace', values } };
  }
  const released = own.find(({ message }) =>
    message.includes('failed to wait for resources termination'),
  );
  return released
    ? {
        id: 'T3',
        message: released.message,
        explanation: {
          says: 'T3-released',
          values,
          field: 'spec.deletionPolicy',
        },
      }
    : undefined;
}

function eventsSince(
  { kind, metadata }: FluxObject,
  events: readonly FluxEvent[],
): FluxEvent[] {
  const start = parseTime(metadata.deletionTimestamp);
  return events.filter(event => {
    const time = parseTime(event.lastTimestamp);
    return (
      isAbout(event, { kind, name: metadata.name }) &&
      (start === undefined || time === undefined || time >= start)
    );
  });
}

/** Events without an object are taken to be the caller's choice. */
function isAbout(
  { involvedObject }: FluxEvent,
  { kind, name }: FluxReference,
): boolean {
  return (
    !involvedObject ||
    (involvedObject.name === name &&
      (!involvedObject.kind || !kind || involvedObject.kind === kind))
  );
}

function warning(
  events: readonly FluxEvent[],
  pattern: RegExp,
): FluxEvent | undefined {
  // The type can be trusted, the reason is that of an earlier moment.
  return events.find(
    ({ type, message }) => type === 'Warning' && pattern.test(message),
  );
}

import { controllerOf, referenceTo } from '../kinds';
import { controllerTimeout, TERMINATION_LIMIT } from '../timeouts';
import { deadline, parseTime } from '../times';
import type { FluxEvent, FluxObject, FluxReference } from '../types';
import type { Explanation } from './catalogueEntry';
import { describeCommand, kubectl } from './commands';
import { nameOf } from './messageParts';

const FLUX_FINALIZER = 'finalizers.fluxcd.io';
const DELETE_REMAINS =
  'Delete what is left in other namespaces by hand; next time delete the Kustomization first and its account and namespace after it.';

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
  const name = nameOf(reference);

  const refusal = warning(own, /pruning for deleted resource failed/);
  const namespaceGoes =
    targetNamespace === 'Terminating' || targetNamespace === 'missing';
  // An identity with rights of its own finds nothing left to delete there.
  if (namespaceGoes && (refusal || spec?.serviceAccountName)) {
    return {
      id: 'T4',
      message: refusal?.message,
      explanation: {
        cause: `${name} cannot delete what it applied: the target namespace '${
          spec?.targetNamespace
        }' ${
          targetNamespace === 'missing' ? 'is gone' : 'is being deleted'
        }, and the rights of the deploy account with it.`,
        field: 'spec.targetNamespace',
        nextStep:
          'Suspend it, which ends the deletion without pruning, and delete by hand what it applied in other namespaces; next time delete the Kustomization first.',
      },
    };
  }
  if (refusal) {
    return {
      id: 'T2',
      message: refusal.message,
      explanation: {
        cause: `${name} is being deleted, but deleting what it applied is refused.`,
        field: 'spec.serviceAccountName',
        nextStep:
          'Give the deploy account the right to delete, or clear the webhook or policy that the message names; it is tried again.',
      },
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
        cause: `${name} waits for the objects it applied to end, and some are held by finalizers of their own.`,
        field: 'spec.deletionPolicy',
        nextStep:
          'Look at the objects that are still there and at what their finalizers wait for.',
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
        cause: `Nothing works on the deletion of ${name}: ${controller} is gone or scaled to zero.`,
        field: 'metadata.finalizers',
        nextStep: `Restart ${controller}; removing the finalizer by hand would orphan the workloads.`,
        command: kubectl('flux-system', 'get', 'deployment', controller),
      },
    };
  }
  return {
    id: 'terminating-held',
    message: own[0]?.message,
    explanation: {
      cause: `${name} is being deleted and held by ${
        finalizers.map(finalizer => `'${finalizer}'`).join(', ') ||
        'nothing that it names'
      }.`,
      field: 'metadata.finalizers',
      nextStep:
        'Find the controller that set the finalizer and let it finish its work.',
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
  const name = nameOf(reference);
  const skipped = warning(own, /unable to prune objects/);
  if (skipped) {
    return {
      id: 'T4',
      message: skipped.message,
      explanation: {
        cause: `${name} was deleted after its deploy account, so nothing was pruned: what it applied stays there, unowned.`,
        field: 'spec.serviceAccountName',
        nextStep: DELETE_REMAINS,
      },
    };
  }
  // No event tells: a namespace that is being deleted takes no new ones.
  const prunes = ['Kustomization', 'HelmRelease'].includes(
    reference.kind ?? '',
  );
  if (prunes && (namespace === 'Terminating' || namespace === 'missing')) {
    return {
      id: 'T4',
      explanation: {
        cause: `${name} was deleted together with its namespace, where its deploy account may have gone first: what it applied in other namespaces may still be there, unowned.`,
        nextStep: DELETE_REMAINS,
      },
    };
  }
  const released = own.find(({ message }) =>
    message.includes('failed to wait for resources termination'),
  );
  return released
    ? {
        id: 'T3',
        message: released.message,
        explanation: {
          cause: `${nameOf(
            reference,
          )} is gone, but objects it applied did not end in time and are no longer tracked.`,
          field: 'spec.deletionPolicy',
          nextStep:
            'Look at the objects that the message names and at what their finalizers wait for.',
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

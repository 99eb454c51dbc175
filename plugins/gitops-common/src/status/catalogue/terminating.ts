import { controllerOf, referenceTo } from '../kinds';
import { controllerTimeout, TERMINATION_LIMIT } from '../timeouts';
import { deadline, parseTime } from '../times';
import type { FluxEvent, FluxObject, FluxReference } from '../types';
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
  const name = nameOf(reference);

  const refusal = warning(own, /pruning for deleted resource failed/);
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
  if (targetNamespace === 'Terminating' || targetNamespace === 'missing') {
    return {
      id: 'T4',
      explanation: explainRace(name),
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
  if (finalizers.includes(FLUX_FINALIZER) && own.length === 0) {
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

/** What a deletion left behind, once the object itself is gone. @internal */
export function findDeletionRemains(
  reference: FluxReference,
  events: readonly FluxEvent[],
): DeletionFinding | undefined {
  const own = events.filter(event => isAbout(event, reference));
  const skipped = warning(own, /unable to prune objects/);
  if (skipped) {
    return {
      id: 'T4',
      message: skipped.message,
      explanation: explainRace(nameOf(reference)),
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

function explainRace(name: string): Explanation {
  return {
    cause: `The target namespace is deleted together with ${name}: what it applied in other namespaces stays there, unowned.`,
    field: 'spec.targetNamespace',
    nextStep:
      'Delete what is left in other namespaces by hand; next time delete the Kustomization first and its namespace after it.',
  };
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

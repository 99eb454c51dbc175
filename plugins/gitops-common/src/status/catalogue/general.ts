import { controllerOf, referenceTo } from '../kinds';
import { controllerTimeout } from '../timeouts';
import type {
  DerivedState,
  Diagnosis,
  FailedReading,
  FluxObject,
  FluxReference,
} from '../types';
import type { Explanation } from './catalogueEntry';
import { describeCommand, fluxCommand, kubectl } from './commands';
import { nameOf } from './messageParts';

const CREATE_AGAIN =
  'Run the set-up of its project again: it creates what is missing.';

/** @internal */
export function explainMissing(
  reading: Extract<FailedReading, { failure: 'missing' }>,
  reference: FluxReference,
): Explanation {
  const name = nameOf(reference);
  return reading.lastSeenAt
    ? {
        cause: `${name} was there until ${reading.lastSeenAt} and is gone: somebody deleted it in the cluster.`,
        nextStep: CREATE_AGAIN,
      }
    : {
        cause: `${name} was never seen in the cluster.`,
        nextStep: CREATE_AGAIN,
      };
}

/** @internal */
export function explainUnreadable(
  { lastReadAt }: Extract<FailedReading, { failure: 'unreadable' }>,
  reference: FluxReference,
): Explanation {
  return {
    cause: `The portal cannot read ${nameOf(reference)} from the cluster${
      lastReadAt ? `; what it knows is from ${lastReadAt}` : ''
    }.`,
    nextStep:
      "Check that the cluster answers and that the portal's account may read Flux objects there.",
    command: kubectl(
      reference.namespace,
      'get',
      reference.kind?.toLowerCase() ?? 'all',
      reference.name,
    ),
  };
}

/** @internal */
export function explainNoController(object: FluxObject): Explanation {
  const shard = object.metadata.labels?.['sharding.fluxcd.io/key'];
  const controller = controllerOf(object);
  return shard
    ? {
        cause: `No controller works on ${nameOf(
          referenceTo(object),
        )}: no ${controller} serves the shard '${shard}'.`,
        field: 'metadata.labels',
        nextStep: `Start a ${controller} for the shard '${shard}', or remove the label.`,
        command: kubectl('flux-system', 'get', 'deployments'),
      }
    : {
        cause: `No controller works on ${nameOf(
          referenceTo(object),
        )}: ${controller} is down or does not watch its namespace.`,
        nextStep: `Check that ${controller} runs and watches namespace '${object.metadata.namespace}'.`,
        command: kubectl('flux-system', 'get', 'deployment', controller),
      };
}

/** @internal */
export function explainOverdue(
  object: FluxObject,
  { rule, attributes }: DerivedState,
): Explanation {
  const controller = controllerOf(object);
  const name = nameOf(referenceTo(object));
  const command = kubectl('flux-system', 'get', 'deployment', controller);
  const nextStep = `Check that ${controller} runs and is not overloaded.`;
  if (rule === '15') {
    return {
      cause: `The reconcile of ${name} requested with '${attributes.requested}' was not picked up within a minute.`,
      nextStep,
      command,
    };
  }
  if (rule === '13' || rule === '16' || attributes.stage) {
    return {
      cause: `${name} is at work for more than a minute longer than its timeout of ${
        controllerTimeout(object) / 1000
      } s allows.`,
      field: 'spec.timeout',
      nextStep,
      command,
    };
  }
  const what = rule === '8' ? 'the new spec' : 'the new revision';
  return {
    cause: `${controller} has not picked up ${what} of ${name} within a minute: it may be down or busy.`,
    nextStep,
    command,
  };
}

/** @internal */
export function explainSuspendedRequest(object: FluxObject): Explanation {
  const reference = referenceTo(object);
  return {
    cause: `${nameOf(
      reference,
    )} is suspended, so the requested reconcile will never do any work.`,
    field: 'spec.suspend',
    nextStep: 'Resume it; that reconciles it at once.',
    command: fluxCommand('resume', reference),
  };
}

/** @internal */
export function explainSuspendedDeletion(object: FluxObject): Explanation {
  const reference = referenceTo(object);
  return {
    cause: `${nameOf(
      reference,
    )} is deleted while suspended: what it applied stays in the cluster, unowned.`,
    field: 'spec.suspend',
    nextStep:
      'Resume it while it is still there; then its workloads are deleted with it.',
    command: fluxCommand('resume', reference),
  };
}

/** @internal */
export function explainUnlisted(
  object: FluxObject,
  { status, reason }: DerivedState,
): Explanation {
  const reference = referenceTo(object);
  return {
    cause: `${nameOf(reference)} ${
      status === 'unknown'
        ? 'is in a state that its controller calls'
        : 'fails with'
    } '${reason ?? 'no reason'}'.`,
    nextStep: "Read the controller's own words, and the events of the object.",
    command: describeCommand(reference),
  };
}

/** Nothing fails, so it has no reason of its own. @internal */
export function explainClearTextCredentials(object: FluxObject): Explanation {
  return {
    cause: `${nameOf(
      referenceTo(object),
    )} sends its credentials in clear over plain HTTP.`,
    field: 'spec.url',
    nextStep:
      'Use an https:// URL, with the credentials in the Secret of `spec.secretRef`.',
  };
}

/** A good state that cannot move on, told with the trouble of its source. @internal */
export function frozenDiagnosis(source: Diagnosis): Diagnosis {
  return {
    ...source,
    id: 'frozen',
    cause: `The last good revision runs, but later commits will not arrive: ${source.cause}`,
  };
}

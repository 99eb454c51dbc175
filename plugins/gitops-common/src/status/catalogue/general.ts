import { controllerOf, referenceTo } from '../kinds';
import { controllerTimeout } from '../timeouts';
import type {
  DerivedState,
  FailedReading,
  FluxObject,
  FluxReference,
} from '../types';
import { phrase, sayInEnglish } from '../../words/english';
import type { Explanation, WordedDiagnosis } from './catalogueEntry';
import { describeCommand, fluxCommand, kubectl } from './commands';
import { nameOf } from './messageParts';

/** @internal */
export function explainMissing(
  reading: Extract<FailedReading, { failure: 'missing' }>,
  reference: FluxReference,
): Explanation {
  const object = nameOf(reference);
  return reading.lastSeenAt
    ? {
        says: 'missing-gone',
        values: { object, time: { time: reading.lastSeenAt } },
      }
    : { says: 'missing', values: { object } };
}

/** @internal */
export function explainUnreadable(
  { lastReadAt }: Extract<FailedReading, { failure: 'unreadable' }>,
  reference: FluxReference,
): Explanation {
  return {
    says: 'unreadable',
    values: {
      object: nameOf(reference),
      known: lastReadAt
        ? phrase('lastRead', { time: { time: lastReadAt } })
        : '',
    },
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
  const values = { object: nameOf(referenceTo(object)), controller };
  return shard
    ? {
        says: 'no-controller-shard',
        values: { ...values, shard },
        field: 'metadata.labels',
        command: kubectl('flux-system', 'get', 'deployments'),
      }
    : {
        says: 'no-controller',
        values: { ...values, namespace: object.metadata.namespace ?? '' },
        command: kubectl('flux-system', 'get', 'deployment', controller),
      };
}

/** @internal */
export function explainOverdue(
  object: FluxObject,
  { rule, attributes }: DerivedState,
): Explanation {
  const controller = controllerOf(object);
  const values = { object: nameOf(referenceTo(object)), controller };
  const command = kubectl('flux-system', 'get', 'deployment', controller);
  if (rule === '15') {
    const token = attributes.requested ?? '';
    return { says: 'overdue-request', values: { ...values, token }, command };
  }
  if (rule === '13' || rule === '16' || attributes.stage) {
    return {
      says: 'overdue-timeout',
      values: { ...values, seconds: controllerTimeout(object) / 1000 },
      field: 'spec.timeout',
      command,
    };
  }
  return {
    says: rule === '8' ? 'overdue-spec' : 'overdue-revision',
    values,
    command,
  };
}

/** What suspension keeps from being done. @internal */
export function explainSuspended(
  object: FluxObject,
  says: 'suspended-request' | 'suspended-deletion',
): Explanation {
  const reference = referenceTo(object);
  return {
    says,
    values: { object: nameOf(reference) },
    field: 'spec.suspend',
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
    says: status === 'unknown' ? 'unlisted-unknown' : 'unlisted',
    values: {
      object: nameOf(reference),
      reason: reason ?? phrase('noReason'),
    },
    command: describeCommand(reference),
  };
}

/** Nothing fails, so it has no reason of its own. @internal */
export function explainClearTextCredentials(object: FluxObject): Explanation {
  return {
    says: 'G15',
    values: { object: nameOf(referenceTo(object)) },
    field: 'spec.url',
  };
}

/** A good state that cannot move on, told with the trouble of its source. @internal */
export function frozenDiagnosis(source: WordedDiagnosis): WordedDiagnosis {
  const wording = { id: 'frozen', values: { trouble: source.wording } };
  return {
    ...source,
    id: 'frozen',
    cause: sayInEnglish(wording, 'cause'),
    wording,
  };
}

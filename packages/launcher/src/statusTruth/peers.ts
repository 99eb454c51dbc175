import {
  deriveState,
  isFluxObject,
  type FluxCondition,
  type FluxObject,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import {
  contextOf,
  type StatusFixture,
} from '@backstage-gitops/status-fixtures';

/** A way to read Flux status, as found in a family of tools. */
export interface Peer {
  name: string;
  /** The rule in a few words. */
  rule: string;
  show(fixture: StatusFixture): ResourceStatus;
}

function condition(
  object: FluxObject,
  type: string,
): FluxCondition | undefined {
  return object.status?.conditions?.find(candidate => candidate.type === type);
}

function isTrue(object: FluxObject, type: string): boolean {
  return condition(object, type)?.status === 'True';
}

/** A rule about one object; that a missing one is missing, every tool can tell. */
function byObject(show: (object: FluxObject) => ResourceStatus): Peer['show'] {
  return ({ object }) => (isFluxObject(object) ? show(object) : 'missing');
}

const readyCondition = byObject(object => {
  const ready = condition(object, 'Ready');
  switch (ready?.status) {
    case 'True':
      return 'ready';
    case 'False':
      return 'failed';
    case 'Unknown':
      return ready.reason === 'Progressing' ? 'reconciling' : 'unknown';
    default:
      return object.status?.conditions?.some(({ status }) => status === 'False')
        ? 'failed'
        : 'ready';
  }
});

const stalledFirst = byObject(object => {
  if (isTrue(object, 'Stalled')) {
    return 'stalled';
  }
  if (isTrue(object, 'Reconciling')) {
    return 'reconciling';
  }
  switch (condition(object, 'Ready')?.status) {
    case 'True':
      return 'ready';
    case 'False':
      return 'failed';
    default:
      return 'unknown';
  }
});

const kstatus = byObject(object => {
  const { metadata, status } = object;
  if (metadata.deletionTimestamp) {
    return 'terminating';
  }
  if (
    status?.observedGeneration !== undefined &&
    status.observedGeneration !== metadata.generation
  ) {
    return 'reconciling';
  }
  for (const { type, status: value } of status?.conditions ?? []) {
    if (value === 'True' && type === 'Reconciling') {
      return 'reconciling';
    }
    if (value === 'True' && type === 'Stalled') {
      return 'failed';
    }
  }
  // Ready False counts as in progress; without Ready all is well.
  return ['False', 'Unknown'].includes(condition(object, 'Ready')?.status ?? '')
    ? 'reconciling'
    : 'ready';
});

/** The last one is ours. */
export const PEERS: readonly Peer[] = [
  {
    name: 'Ready only',
    rule: 'the Ready condition alone; Unknown with Progressing is reconciling; without Ready, and nothing False, it is ready',
    show: readyCondition,
  },
  {
    name: 'Stalled first',
    rule: 'Stalled, then Reconciling, then Ready',
    show: stalledFirst,
  },
  {
    name: 'kstatus',
    rule: 'deletion, then `observedGeneration`, then Reconciling and Stalled, then Ready, where False is in progress',
    show: kstatus,
  },
  {
    name: 'this suite',
    rule: '`deriveState` of `@backstage-gitops/plugin-gitops-common`',
    show: fixture =>
      deriveState(
        fixture.object,
        fixture.source,
        new Date(fixture.judgedAt),
        contextOf(fixture),
      ).status,
  },
];

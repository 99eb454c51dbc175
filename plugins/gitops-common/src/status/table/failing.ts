import { condition, isFresh, isTrue } from '../conditions';
import { findBlocker, findCycle } from '../dependencies';
import { lastOutcome, sourceObject, words } from '../facts';
import type { Facts, Row, RowAnswer } from '../facts';
import { isFluxObject, isSource, sourceReference } from '../kinds';
import { PICK_UP_LIMIT } from '../timeouts';
import { deadline, latestTime, parseTime } from '../times';

/** Abnormal conditions of a source that outlive the attempt they come from. */
const SOURCE_FAILURES = [
  'StorageOperationFailed',
  'FetchFailed',
  'IncludeUnavailable',
];

/** Rows for an outcome that is not good. @internal */
export const failingRows: Row[] = [
  {
    rule: '9',
    answer: facts =>
      failed(facts) && facts.ready?.reason === 'DependencyNotReady'
        ? waitingAnswer(facts)
        : undefined,
  },
  {
    rule: '10',
    answer: facts =>
      failed(facts) && facts.ready?.reason === 'HealthCheckCanceled'
        ? { status: 'reconciling', ...words(facts.ready) }
        : undefined,
  },
  {
    rule: '11',
    answer: facts =>
      failed(facts) && facts.ready?.reason === 'ArtifactFailed'
        ? sourceAnswer(facts)
        : undefined,
  },
  {
    rule: '11a',
    answer(facts) {
      const artifact = sourceObject(facts)?.status?.artifact;
      if (
        !failed(facts) ||
        !artifact ||
        !/^Source artifact not found/.test(facts.ready?.message ?? '')
      ) {
        return undefined;
      }
      const { passed, recheckAt } = deadline(
        latestTime(
          parseTime(artifact.lastUpdateTime),
          parseTime(facts.ready?.lastTransitionTime),
        ),
        PICK_UP_LIMIT,
        facts.now,
      );
      return {
        status: 'reconciling',
        ...words(facts.ready),
        attributes: {
          behind: artifact.revision,
          ...(passed && { overdue: true }),
        },
        recheckAt,
      };
    },
  },
  {
    rule: '12',
    answer: facts =>
      failed(facts)
        ? {
            status: 'failed',
            ...words(facts.ready),
            attributes: retryAttributes(facts),
          }
        : undefined,
  },
  {
    rule: '12a',
    answer(facts) {
      const { object, ready, reconciling } = facts;
      if (!isSource(object) || ready?.status !== 'Unknown') {
        return undefined;
      }
      const cause = SOURCE_FAILURES.map(type => condition(object, type)).find(
        candidate => isTrue(candidate) && isFresh(object, candidate),
      );
      return cause
        ? {
            status: 'failed',
            ...words(cause),
            attributes: { retrying: true, stage: reconciling?.message },
          }
        : undefined;
    },
  },
];

function failed({ ready }: Facts): boolean {
  return ready?.status === 'False';
}

function retryAttributes({ object }: Facts): RowAnswer['attributes'] {
  const retryInterval = isSource(object)
    ? undefined
    : object.spec?.retryInterval ?? object.spec?.interval;
  return { retrying: true, retryInterval };
}

/** Waits for another object, unless that one waits for this one in turn. */
function waitingAnswer(facts: Facts): RowAnswer {
  const cycle = findCycle(facts.object, facts.context);
  if (cycle) {
    return {
      status: 'failed',
      ...words(facts.ready),
      attributes: {
        waitingOn: { ...(cycle[1] ?? cycle[0]), status: 'failed', cycle: true },
      },
    };
  }
  const blocker = findBlocker(facts);
  return {
    status: 'reconciling',
    ...words(facts.ready),
    attributes: {
      waitingOn: blocker && {
        ...blocker.reference,
        status: blocker.cycle ? 'failed' : blocker.state?.status ?? 'unknown',
        ...(blocker.cycle && { cycle: true }),
      },
    },
    recheckAt: blocker?.state?.recheckAt,
  };
}

/** The source has nothing to apply yet: what it says comes first. */
function sourceAnswer(facts: Facts): RowAnswer | undefined {
  const { object, source, now, context, derive } = facts;
  if (
    !source ||
    (isFluxObject(source)
      ? source.status?.artifact
      : source.failure !== 'missing')
  ) {
    return undefined;
  }
  const state = derive(source, undefined, now, context);
  const waits = state.status === 'reconciling';
  const reference = sourceReference(object);
  return {
    status: waits ? 'reconciling' : 'failed',
    ...words(facts.ready),
    ...(state.message && { reason: state.reason, message: state.message }),
    attributes: {
      waitingOn: reference && { ...reference, status: state.status },
      ...(waits
        ? { stage: state.attributes.stage, overdue: state.attributes.overdue }
        : retryAttributes(facts)),
      previous: lastOutcome(facts),
    },
    recheckAt: state.recheckAt,
  };
}

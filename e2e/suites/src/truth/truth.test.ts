import {
  ControlPlane,
  readExistingControlPlane,
} from '@backstage-gitops/control-plane';
import {
  projectFluxObject,
  type Reading,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { readFixtures } from '@backstage-gitops/status-fixtures';
import { judge } from './judge';
import { Observer } from './Observer';
import { fixtureFile, RECORDING, recordFixture } from './recordFixture';
import type { Expectation, Situation } from './Situation';
import {
  applySituations,
  buildSituations,
  dependencySituations,
  lifecycleSituations,
  situationsWithoutControllers,
  sourceSituations,
} from './situations';
import { isFluxKind, Stage, type Moment } from './Stage';

/** So many at once keep two cores busy and the controllers' queues short. */
const AT_ONCE = 8;

const ALL: Situation[] = [
  // The slowest first, so that nothing waits for them at the end.
  ...applySituations.slice().reverse(),
  ...buildSituations,
  ...dependencySituations,
  ...sourceSituations,
  ...lifecycleSituations,
  ...situationsWithoutControllers,
];

let plane: ControlPlane;
let observer: Observer;
const stages = new Map<string, Stage>();
const outcomes = new Map<string, PromiseSettledResult<Moment>>();

/** Does something for each, a few at a time, and passes over what fails. */
async function forEach(
  situations: Situation[],
  work: (situation: Situation, stage: Stage) => Promise<Moment | void>,
) {
  const waiting = situations.slice();
  const next = async (): Promise<void> => {
    for (;;) {
      const situation = waiting.shift();
      if (!situation) {
        return;
      }
      const { name } = situation;
      const stage = stages.get(name)!;
      try {
        const value = await work(situation, stage);
        if (value) {
          outcomes.set(name, { status: 'fulfilled', value });
        }
      } catch (reason) {
        outcomes.set(name, { status: 'rejected', reason });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

function momentOf(name: string): Moment {
  const outcome = outcomes.get(name);
  if (outcome?.status !== 'fulfilled') {
    throw outcome?.reason ?? new Error(`${name} was not forced`);
  }
  return outcome.value;
}

const asItIs = (reading: Reading) => reading;
const asItIsKept = (reading: Reading) =>
  'failure' in reading ? reading : projectFluxObject(reading);

function stateToMatch({ status, rule, attributes, message }: Expectation) {
  return {
    status,
    rule,
    ...(attributes && { attributes }),
    ...(message && { message: expect.stringMatching(message) }),
  };
}

function diagnosisToMatch({ diagnosis }: Expectation) {
  return (
    diagnosis &&
    expect.objectContaining({
      ...diagnosis,
      cause: expect.stringMatching(diagnosis.cause),
      nextStep: expect.stringMatching(diagnosis.nextStep),
    })
  );
}

/** States that an object must not be shown in on its way, if nothing is said. */
function neverOnTheWay({ never }: Situation, end: ResourceStatus) {
  if (never) {
    return never;
  }
  switch (end) {
    case 'ready':
      return ['failed', 'stalled', 'unknown'];
    case 'reconciling':
      return ['ready', 'failed', 'stalled', 'unknown'];
    default:
      return ['ready'];
  }
}

// Controllers are stopped here, which is for clusters of our own.
const onOwnParts = readExistingControlPlane() ? describe.skip : describe;

onOwnParts('the truth table on real controllers', () => {
  beforeAll(async () => {
    plane = await ControlPlane.start({ clusters: ['a'] });
    const [cluster] = plane.clusters;
    observer = await Observer.start(cluster);
    for (const { name } of ALL) {
      stages.set(name, new Stage(name, plane, observer));
    }
    await forEach(ALL, async (situation, stage) => {
      await stage.open();
      return situationsWithoutControllers.includes(situation)
        ? situation.beforeControllersStop?.(stage)
        : situation.force(stage);
    });
    await cluster.stopPart('kustomize-controller');
    await cluster.stopPart('source-controller');
    await forEach(
      situationsWithoutControllers.filter(({ name }) => !outcomes.has(name)),
      (situation, stage) => situation.force(stage),
    );
  }, 600_000);

  afterAll(async () => {
    await Promise.all([...stages.values()].map(stage => stage.close()));
    await observer?.stop();
    await plane?.stop();
  }, 60_000);

  describe.each(ALL.map(situation => [situation.name, situation] as const))(
    '%s',
    (name, situation) => {
      it.each([
        ['as it is in the cluster', asItIs],
        ['as the portal keeps it', asItIsKept],
      ])('is told rightly, %s', async (_, project) => {
        const expected = situation.expected(stages.get(name)!);
        const { state, diagnosis } = judge(momentOf(name), project);
        expect(state).toMatchObject(stateToMatch(expected));
        expect(diagnosis).toEqual(diagnosisToMatch(expected));
      });

      it('is never shown as what it is not on the way', async () => {
        const stage = stages.get(name)!;
        const moment = momentOf(name);
        const kind =
          'failure' in moment.object
            ? moment.object.reference?.kind
            : moment.object.kind;
        if (!kind || !isFluxKind(kind)) {
          throw new Error(`${name} is about no Flux object`);
        }
        const never = neverOnTheWay(
          situation,
          situation.expected(stage).status,
        );
        const until = Date.parse(moment.takenAt);
        const wrong: unknown[] = [];
        for (const at of observer.changes(stage.namespace)) {
          if (!isFluxKind(at.object.kind) || at.seenAt.getTime() > until) {
            continue;
          }
          const seen = stage.capture(kind, { at });
          if ('failure' in seen.object) {
            continue;
          }
          const { state } = judge(seen);
          if (never.includes(state.status)) {
            wrong.push({ state, conditions: seen.object.status?.conditions });
          }
        }
        expect(wrong).toEqual([]);
      });
    },
  );

  describe('recordings', () => {
    it('are there for every situation and expect the same of it', async () => {
      for (const situation of ALL) {
        const { name, title } = situation;
        const { status, diagnosis } = situation.expected(stages.get(name)!);
        if (RECORDING) {
          await recordFixture({
            situation: name,
            title,
            expected: {
              status,
              diagnosis: diagnosis?.id ?? null,
              subject: diagnosis?.subject,
            },
            ...momentOf(name),
          });
        }
      }
      const recorded = await readFixtures();
      for (const situation of ALL) {
        const { name } = situation;
        const { status, diagnosis } = situation.expected(stages.get(name)!);
        expect(recorded.get(await fixtureFile(name))?.expected).toEqual({
          status,
          diagnosis: diagnosis?.id ?? null,
          ...(diagnosis && { subject: diagnosis.subject }),
        });
      }
    });
  });
});

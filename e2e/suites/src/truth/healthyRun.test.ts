import {
  ControlPlane,
  readExistingControlPlane,
} from '@backstage-gitops/control-plane';
import {
  isFluxObject,
  type FluxObject,
} from '@backstage-gitops/plugin-gitops-common';
import { judge } from './judge';
import { deployment, goodFiles } from './manifests';
import { type Change, Observer } from './Observer';
import { RECORDING, recordFixture } from './recordFixture';
import {
  conditionOf,
  isCurrent,
  isFluxKind,
  type Moment,
  Stage,
} from './Stage';

/** The parts of a Deployment that tell whether a version runs. */
interface Workload {
  metadata: { generation: number };
  spec: { template: { metadata: { annotations: { version: string } } } };
  status?: {
    observedGeneration?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
  };
}

/** One thing that was asked for, and the changes between which it was done. */
interface Step {
  title: string;
  /** From here on the cluster knows that something is to be done. */
  from: number;
  /** Here all of it is done and written. */
  to: number;
}

let plane: ControlPlane;
let observer: Observer;
let stage: Stage;
const versions = new Map<string, string>();
const steps: Step[] = [];

async function step(
  title: string,
  act: () => Promise<void>,
  known: (object: FluxObject, change: Change) => boolean,
  done: (object: FluxObject) => boolean = () => true,
) {
  await act();
  const isKnown = (change: Change) =>
    isFluxKind(change.object.kind) &&
    change.version > (steps.at(-1)?.to ?? 0) &&
    known(change.object as unknown as FluxObject, change);
  const from = await observer.until(
    `${title}: a first sign`,
    () => observer.changes(stage.namespace).find(isKnown)?.version,
  );
  const { version } = await stage.untilChange(
    'Kustomization',
    (object, change) => {
      const ready = conditionOf(object, 'Ready');
      const { lastAppliedRevision } = object.status ?? {};
      return (
        change.version >= from &&
        isCurrent(object) &&
        ready?.status === 'True' &&
        lastAppliedRevision !== undefined &&
        lastAppliedRevision === sourceAt(change)?.status?.artifact?.revision &&
        done(object)
      );
    },
    { limitMs: 90_000 },
  );
  steps.push({ title, from, to: version });
}

function latest(kind: string, until: Change) {
  return observer
    .changes(stage.namespace)
    .filter(
      ({ object, version }) => object.kind === kind && version <= until.version,
    )
    .at(-1)?.object;
}

function sourceAt(change: Change): FluxObject | undefined {
  return latest('GitRepository', change) as unknown as FluxObject | undefined;
}

/** Nothing is wrong then, but what it waits for may be told. */
function waitsForSource({ object, source }: Moment): boolean {
  return (
    isFluxObject(object) &&
    conditionOf(object, 'Ready')?.reason === 'ArtifactFailed' &&
    source !== undefined &&
    isFluxObject(source) &&
    source.status?.artifact === undefined
  );
}

/** Does what the source has run in the cluster, every replica of it? */
function runs(change: Change): boolean {
  const revision = sourceAt(change)?.status?.artifact?.revision ?? '';
  const workload = latest('Deployment', change) as Workload | undefined;
  return (
    workload !== undefined &&
    workload.spec.template.metadata.annotations.version ===
      versions.get(revision) &&
    workload.status?.observedGeneration === workload.metadata.generation &&
    workload.status.updatedReplicas === 2 &&
    workload.status.availableReplicas === 2
  );
}

/** Every moment of the run, with what is to be said of it. */
function moments() {
  return observer
    .changes(stage.namespace)
    .filter(({ object }) => isFluxKind(object.kind))
    .filter(change => change.version >= steps[0].from)
    .map(at => {
      const under = steps.find(
        ({ from, to }) => at.version >= from && at.version < to,
      );
      return {
        at,
        title: under ? `${under.title}, under way` : 'all is done',
        truth: under ? 'reconciling' : 'ready',
      } as const;
    });
}

const onOwnParts = readExistingControlPlane() ? describe.skip : describe;

onOwnParts('a healthy run', () => {
  beforeAll(async () => {
    plane = await ControlPlane.start({ clusters: ['a'] });
    observer = await Observer.start(plane.clusters[0]);
    stage = new Stage('healthy-run', plane, observer);
    await stage.open();
    await stage.serviceAccount('deployer', stage.namespace);
    const repository = await stage.repository({});
    const push = async (version: string) => {
      const commit = await repository.commit({
        ...goodFiles(deployment({ version })),
      });
      versions.set(`main@sha1:${commit}`, version);
      return commit;
    };
    await push('1');
    await step(
      'the first deployment',
      async () => {
        await stage.gitRepository({ url: repository.url });
        await stage.kustomization({
          wait: true,
          serviceAccountName: 'deployer',
          timeout: '2m',
        });
      },
      ({ kind }) => kind === 'Kustomization',
    );
    const commit = await push('2');
    await step(
      'a new commit',
      () => stage.requestReconcile('GitRepository').then(() => {}),
      object => object.status?.artifact?.revision?.endsWith(commit) ?? false,
    );
    let token = '';
    await step(
      'a requested reconcile',
      async () => {
        token = await stage.requestReconcile('Kustomization');
      },
      ({ kind, metadata }) =>
        kind === 'Kustomization' &&
        metadata.annotations?.['reconcile.fluxcd.io/requestedAt'] === token,
      ({ status }) => status?.lastHandledReconcileAt === token,
    );
    await step(
      'a new spec',
      () => stage.patch('Kustomization', { spec: { timeout: '3m' } }),
      ({ kind, metadata }) =>
        kind === 'Kustomization' && metadata.generation === 2,
    );
  }, 240_000);

  afterAll(async () => {
    await stage?.close();
    await observer?.stop();
    await plane?.stop();
  }, 60_000);

  it('is shown in every moment as what it is', () => {
    const wrong = moments().flatMap(({ at, title, truth }) => {
      const seen = stage.capture('Kustomization', { at });
      const { state } = judge(seen);
      return state.status === truth
        ? []
        : [{ title, truth, state, object: seen.object, source: seen.source }];
    });
    expect(wrong).toEqual([]);
  });

  it('is not called Ready before every replica runs what the source has', () => {
    const early = moments().filter(
      ({ at }) =>
        judge(stage.capture('Kustomization', { at })).state.status ===
          'ready' && !runs(at),
    );
    expect(early).toEqual([]);
  });

  it('never blames anything, and a source neither', () => {
    const blamed = moments().flatMap(({ at }) =>
      (['Kustomization', 'GitRepository'] as const).flatMap(kind => {
        const seen = stage.capture(kind, { at });
        if ('failure' in seen.object) {
          return [];
        }
        const { state, diagnosis } = judge(seen);
        return ['reconciling', 'ready'].includes(state.status) &&
          (!diagnosis || (diagnosis.id === 'K2' && waitsForSource(seen)))
          ? []
          : [{ state, diagnosis, object: seen.object }];
      }),
    );
    expect(blamed).toEqual([]);
  });

  it('passes through moments that mislead', async () => {
    const misleading = moments().filter(
      ({ at, truth }) =>
        truth === 'reconciling' &&
        conditionOf(
          stage.capture('Kustomization', { at }).object as FluxObject,
          'Ready',
        )?.status === 'True',
    );
    expect(misleading.length).toBeGreaterThan(0);
    if (!RECORDING) {
      return;
    }
    const seen = new Set<string>();
    for (const { at, title, truth } of moments()) {
      const moment = stage.capture('Kustomization', { at });
      const { rule, attributes } = judge(moment).state;
      const key = [title, rule, attributes.stage?.split(' ')[0]].join();
      if (!seen.has(key)) {
        seen.add(key);
        await recordFixture({
          situation: `healthy-run-${String(seen.size).padStart(2, '0')}`,
          title,
          expected: {
            status: truth,
            diagnosis: waitsForSource(moment) ? 'K2' : null,
          },
          ...moment,
        });
      }
    }
  });
});

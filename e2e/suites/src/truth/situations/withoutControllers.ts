import type { Situation } from '../Situation';
import { conditionOf, type Stage } from '../Stage';
import { deployment, goodFiles } from '../manifests';
import { kustomizationSubject } from './common';

async function deployed(stage: Stage) {
  await stage.deploy(goodFiles());
  await stage.settled('Kustomization', { ready: true });
}

async function created(stage: Stage, judgedAfter: number) {
  await stage.kustomization();
  await stage.until('Kustomization', () => true);
  return stage.capture('Kustomization', { judgedAfter });
}

async function respecified(stage: Stage, judgedAfter: number) {
  await stage.patch('Kustomization', { spec: { path: './elsewhere' } });
  await stage.until(
    'Kustomization',
    ({ metadata }) => (metadata.generation ?? 0) > 1,
  );
  return stage.capture('Kustomization', { judgedAfter });
}

/** What is seen while kustomize-controller and source-controller are down. */
export const situationsWithoutControllers: Situation[] = [
  {
    name: 'not-picked-up-yet',
    title: 'a new Kustomization, seconds old',
    force: stage => created(stage, 0),
    expected: () => ({ status: 'reconciling', rule: '6' }),
  },
  {
    name: 'controller-stopped',
    title: 'a new Kustomization that no controller picks up',
    force: stage => created(stage, 120),
    expected: stage => ({
      status: 'unknown',
      rule: '7',
      diagnosis: {
        id: 'no-controller',
        subject: kustomizationSubject(stage),
        cause: /kustomize-controller is down or does not watch its namespace/,
        nextStep: /Check that kustomize-controller runs/,
      },
    }),
  },
  {
    name: 'new-spec-not-tried',
    title: 'a new spec, seconds old',
    beforeControllersStop: deployed,
    force: stage => respecified(stage, 0),
    expected: () => ({
      status: 'reconciling',
      rule: '8',
      attributes: { previous: { status: 'ready' } },
    }),
    never: ['failed'],
  },
  {
    name: 'new-spec-never-tried',
    title: 'a new spec that no controller picks up',
    beforeControllersStop: deployed,
    force: stage => respecified(stage, 120),
    expected: stage => ({
      status: 'reconciling',
      rule: '8',
      attributes: { overdue: true, previous: { status: 'ready' } },
      diagnosis: {
        id: 'overdue',
        subject: kustomizationSubject(stage),
        cause: /has not picked up the new spec/,
        nextStep: /Check that kustomize-controller runs/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 'request-never-handled',
    title: 'a requested reconcile that no controller picks up',
    beforeControllersStop: deployed,
    async force(stage) {
      const token = await stage.requestReconcile('Kustomization');
      await stage.until(
        'Kustomization',
        ({ metadata }) =>
          metadata.annotations?.['reconcile.fluxcd.io/requestedAt'] === token,
      );
      return stage.capture('Kustomization', { judgedAfter: 120 });
    },
    expected: stage => ({
      status: 'reconciling',
      rule: '15',
      attributes: { overdue: true },
      diagnosis: {
        id: 'overdue',
        subject: kustomizationSubject(stage),
        cause: /was not picked up within a minute/,
        nextStep: /Check that kustomize-controller runs/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 'controller-stopped-at-work',
    title: 'the controller ended while it waited for a workload',
    async beforeControllersStop(stage) {
      await stage.deploy(
        goodFiles(
          deployment({ more: '      nodeSelector: { disk: absent }\n' }),
        ),
        { wait: true, timeout: '5m' },
      );
      await stage.until('Kustomization', object =>
        /health checks/.test(conditionOf(object, 'Reconciling')?.message ?? ''),
      );
    },
    async force(stage) {
      return stage.capture('Kustomization', { judgedAfter: 900 });
    },
    expected: stage => ({
      status: 'reconciling',
      rule: '13',
      attributes: { overdue: true },
      diagnosis: {
        id: 'overdue',
        subject: kustomizationSubject(stage, 'spec.timeout'),
        cause: /longer than its timeout of 300 s/,
        nextStep: /Check that kustomize-controller runs/,
      },
    }),
  },
  {
    name: 't1-controller-gone',
    title: 'a deletion that no controller works on',
    beforeControllersStop: deployed,
    async force(stage) {
      await stage.delete(
        'kustomize.toolkit.fluxcd.io/v1',
        'Kustomization',
        'app',
      );
      await stage.until('Kustomization', ({ metadata }) =>
        Boolean(metadata.deletionTimestamp),
      );
      return stage.capture('Kustomization', { judgedAfter: 360 });
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      attributes: { stuck: true, finalizers: ['finalizers.fluxcd.io'] },
      diagnosis: {
        id: 'T1',
        subject: kustomizationSubject(stage, 'metadata.finalizers'),
        cause: /kustomize-controller is gone or scaled to zero/,
        nextStep: /Restart kustomize-controller/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't1-source-controller-gone',
    title: 'the deletion of a source that no controller works on',
    async beforeControllersStop(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository', { ready: true });
    },
    async force(stage) {
      await stage.delete('source.toolkit.fluxcd.io/v1', 'GitRepository', 'app');
      await stage.until('GitRepository', ({ metadata }) =>
        Boolean(metadata.deletionTimestamp),
      );
      return stage.capture('GitRepository', { judgedAfter: 360 });
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      attributes: { stuck: true },
      diagnosis: {
        id: 'T1',
        subject: {
          kind: 'GitRepository',
          name: 'app',
          namespace: stage.namespace,
          field: 'metadata.finalizers',
        },
        cause: /source-controller is gone or scaled to zero/,
        nextStep: /Restart source-controller/,
      },
    }),
    never: ['failed'],
  },
];

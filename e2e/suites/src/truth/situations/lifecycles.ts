import { waitUntil } from '@backstage-gitops/control-plane';
import type { Situation } from '../Situation';
import { conditionOf, type Stage } from '../Stage';
import { configMap, deployment, goodFiles } from '../manifests';
import { afterRun, kustomizationSubject } from './common';

const FLUX = 'kustomize.toolkit.fluxcd.io/v1';

async function ready(stage: Stage) {
  await stage.settled('Kustomization', { ready: true });
}

function sourceOf(stage: Stage) {
  return { kind: 'GitRepository', name: 'app', namespace: stage.namespace };
}

/** Deploys through an account of its own into a second namespace. */
async function deployElsewhere(
  stage: Stage,
  target: string,
  spec: Record<string, unknown> = {},
) {
  await stage.createNamespace(target);
  await stage.serviceAccount('deployer', target);
  await stage.deploy(goodFiles(), {
    targetNamespace: target,
    serviceAccountName: 'deployer',
    ...spec,
  });
  await ready(stage);
}

/** What people do to objects, and what becomes of good ones. */
export const lifecycleSituations: Situation[] = [
  {
    name: 'healthy',
    title: 'everything works and health is checked',
    async force(stage) {
      await stage.serviceAccount('deployer', stage.namespace);
      await stage.deploy(goodFiles(deployment()), {
        wait: true,
        serviceAccountName: 'deployer',
      });
      return afterRun(stage);
    },
    expected: () => ({
      status: 'ready',
      rule: '19',
      attributes: {},
      message: /^Applied revision: main@sha1:/,
    }),
  },
  {
    name: 'no-health-check',
    title: 'a workload that never comes up, and no health check is set',
    async force(stage) {
      await stage.deploy(
        goodFiles(
          deployment({ more: '      nodeSelector: { disk: absent }\n' }),
        ),
      );
      return afterRun(stage);
    },
    expected: () => ({
      status: 'ready',
      rule: '18',
      attributes: { healthUnchecked: 'unset' },
      message: /^Applied revision/,
    }),
  },
  {
    name: 'nothing-to-check',
    title: 'health checks are set and the overlay is empty',
    async force(stage) {
      await stage.deploy(
        {
          'deploy/kustomization.yaml':
            'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
        },
        { wait: true },
      );
      return afterRun(stage);
    },
    expected: () => ({
      status: 'ready',
      rule: '18',
      attributes: { healthUnchecked: 'nothing-to-check' },
    }),
  },
  {
    name: 'source-suspended',
    title: 'a source that worked and was suspended',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository', { ready: true });
      await stage.patch('GitRepository', { spec: { suspend: true } });
      return stage.capture('GitRepository');
    },
    expected: () => ({
      status: 'suspended',
      rule: '4',
      attributes: { previous: { status: 'ready' } },
    }),
    never: ['failed'],
  },
  {
    name: 'source-suspended-new-spec',
    title: 'a suspended source with a new branch that it never tried',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository', { ready: true });
      await stage.patch('GitRepository', {
        spec: { suspend: true, ref: { branch: 'absent' } },
      });
      await stage.until(
        'GitRepository',
        object =>
          object.status?.observedGeneration === object.metadata.generation,
      );
      return stage.capture('GitRepository');
    },
    expected: () => ({ status: 'suspended', rule: '4' }),
    never: ['failed'],
  },
  {
    name: 'suspended-with-request',
    title: 'a suspended Kustomization that a reconcile was requested of',
    async force(stage) {
      await stage.deploy(goodFiles());
      const { lastTransitionTime = '' } = conditionOf(
        await stage.settled('Kustomization', { ready: true }),
        'Ready',
      )!;
      // Conditions have whole seconds: within the same one nobody can tell whether
      // the run came of the request.
      await waitUntil(
        'the second of the last run to be over',
        async () => Date.now() - Date.parse(lastTransitionTime) >= 1000,
      );
      await stage.patch('Kustomization', { spec: { suspend: true } });
      const token = await stage.requestReconcile('Kustomization');
      await stage.until(
        'Kustomization',
        ({ status }) => status?.lastHandledReconcileAt === token,
      );
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'suspended',
      rule: '4',
      attributes: {
        previous: { status: 'ready' },
        requested: expect.any(String) as unknown as string,
      },
      diagnosis: {
        id: 'suspended-request',
        subject: kustomizationSubject(stage, 'spec.suspend'),
        cause:
          /is suspended, so the requested reconcile will never do any work/,
        nextStep: /^Resume it/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 'frozen-source-fails',
    title: 'a good Kustomization whose repository was deleted',
    async force(stage) {
      await stage.deploy(goodFiles());
      await ready(stage);
      const { gitea } = stage.plane;
      await gitea.request(
        'DELETE',
        `/repos/${gitea.organization}/${stage.name}`,
      );
      await stage.requestReconcile('GitRepository');
      await stage.settled('GitRepository', { ready: false });
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'ready',
      rule: '18',
      attributes: {
        frozen: true,
        waitingOn: { ...sourceOf(stage), status: 'failed' },
      },
      diagnosis: {
        id: 'frozen',
        subject: { ...sourceOf(stage), field: 'spec.secretRef' },
        cause: /last good revision runs, but later commits will not arrive/,
        nextStep: /secretRef/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 'first-deployment-source-fetching',
    title: 'a first deployment, while the source is still fetching',
    async force(stage) {
      const proxy = await stage.proxy();
      const { pathname } = new URL((await stage.repository(goodFiles())).url);
      proxy.hold();
      await stage.gitRepository({ url: `${proxy.url}${pathname}` });
      await stage.kustomization();
      await stage.settled('Kustomization');
      await stage.until('GitRepository', object =>
        Boolean(conditionOf(object, 'Ready')),
      );
      const moment = stage.capture('Kustomization');
      proxy.release();
      await ready(stage);
      return moment;
    },
    expected: stage => ({
      status: 'reconciling',
      rule: '11',
      attributes: {
        waitingOn: { ...sourceOf(stage), status: 'reconciling' },
      },
      diagnosis: {
        id: 'K2',
        subject: sourceOf(stage),
        cause: /is still fetching its first revision/,
        nextStep: /^Wait for GitRepository/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 'first-deployment-not-noticed',
    title: 'a first deployment, fetched and not noticed yet',
    async force(stage) {
      const proxy = await stage.proxy();
      const { pathname } = new URL((await stage.repository(goodFiles())).url);
      proxy.hold();
      await stage.gitRepository({ url: `${proxy.url}${pathname}` });
      await stage.kustomization();
      await stage.settled('Kustomization');
      proxy.release();
      await ready(stage);
      const at = await stage.untilChange('GitRepository', ({ status }) =>
        Boolean(status?.artifact),
      );
      return stage.capture('Kustomization', { at });
    },
    expected: () => ({
      status: 'reconciling',
      rule: '11a',
      message: /^Source artifact not found/,
    }),
    never: ['failed'],
  },
  {
    name: 'source-status-in-two-steps',
    title: 'a source is Ready, its artifact is not written yet',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.until('GitRepository', ({ status }) =>
        Boolean(status?.artifact),
      );
      const at = await stage.untilChange(
        'GitRepository',
        object =>
          conditionOf(object, 'Ready')?.status === 'True' &&
          !object.status?.artifact,
        { limitMs: 1000 },
      );
      return stage.capture('GitRepository', { at });
    },
    expected: () => ({ status: 'reconciling', rule: '17' }),
  },
  {
    name: 'status-in-two-steps',
    title: 'Ready is written, the applied revision is not yet',
    async force(stage) {
      const { commit } = await stage.deploy(goodFiles());
      await afterRun(stage);
      const next = await commit({
        'deploy/object.yaml': configMap('settings', 'a: c'),
      });
      await stage.requestReconcile('GitRepository');
      await stage.until('Kustomization', ({ status }) =>
        Boolean(status?.lastAppliedRevision?.endsWith(next)),
      );
      const at = await stage.untilChange(
        'Kustomization',
        object => {
          const state = conditionOf(object, 'Ready');
          return (
            state?.status === 'True' &&
            state.message?.endsWith(next) &&
            !object.status?.lastAppliedRevision?.endsWith(next)
          );
        },
        { limitMs: 1000 },
      );
      return stage.capture('Kustomization', { at });
    },
    expected: () => ({
      status: 'reconciling',
      rule: '17',
      attributes: { behind: expect.any(String) as unknown as string },
    }),
    never: ['failed'],
  },
  {
    name: 't2-pruning-refused',
    title: 'a deletion whose account may not delete',
    async force(stage) {
      const target = await stage.createNamespace('truth-t2-target');
      await stage.serviceAccount('deployer', target);
      await stage.deploy(goodFiles(), {
        targetNamespace: target,
        serviceAccountName: 'deployer',
      });
      await ready(stage);
      await stage.api.delete({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        namespace: target,
        name: `${stage.name}-deployer`,
      });
      await stage.untilRights('deployer', target, false);
      await stage.delete(FLUX, 'Kustomization', 'app');
      await stage.untilEvent(/pruning for deleted resource failed/);
      return stage.capture('Kustomization', { namespaces: [target] });
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      attributes: { finalizers: ['finalizers.fluxcd.io'] },
      diagnosis: {
        id: 'T2',
        subject: kustomizationSubject(stage, 'spec.serviceAccountName'),
        cause: /deleting what it applied is refused/,
        nextStep: /Give the deploy account the right to delete/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't3-waits-for-termination',
    title: 'a deletion that waits for an object with a finalizer of its own',
    async force(stage) {
      await stage.deploy(
        goodFiles(`apiVersion: v1
kind: ConfigMap
metadata: { name: settings, finalizers: [truth.example.com/held] }
`),
        { deletionPolicy: 'WaitForTermination', timeout: '10m' },
      );
      await ready(stage);
      await stage.delete(FLUX, 'Kustomization', 'app');
      await stage.until('Kustomization', ({ metadata }) =>
        Boolean(metadata.deletionTimestamp),
      );
      return stage.capture('Kustomization', { judgedAfter: 360 });
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      attributes: { stuck: true },
      diagnosis: {
        id: 'T3',
        subject: kustomizationSubject(stage, 'spec.deletionPolicy'),
        cause: /held by finalizers of their own/,
        nextStep: /Look at the objects that are still there/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't4-account-deleted-first',
    title: 'a Kustomization deleted after its deploy account',
    async force(stage) {
      await deployElsewhere(stage, 'truth-t4-target');
      await stage.delete('v1', 'ServiceAccount', 'deployer');
      await stage.delete(FLUX, 'Kustomization', 'app');
      await stage.untilEvent(/unable to prune objects/);
      await stage.untilGone('Kustomization');
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'missing',
      rule: '1',
      diagnosis: {
        id: 'T4',
        subject: kustomizationSubject(stage, 'spec.serviceAccountName'),
        cause: /deleted after its deploy account.*stays there, unowned/,
        nextStep: /Delete what is left/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't4-namespace-deleted-together',
    title: 'a Kustomization deleted with its own namespace, its account first',
    async force(stage) {
      const target = 'truth-t4n-target';
      await deployElsewhere(stage, target);
      // Either may go first when they are deleted together; this is the bad end.
      await stage.delete('v1', 'ServiceAccount', 'deployer');
      await stage.api.delete({
        apiVersion: 'v1',
        kind: 'Namespace',
        name: stage.namespace,
      });
      await stage.untilGone('Kustomization');
      const left = await stage.api.get({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: target,
        name: 'settings',
      });
      if (!left) {
        throw new Error('what was applied elsewhere did not stay');
      }
      return stage.capture('Kustomization', { namespaces: [target] });
    },
    expected: stage => ({
      status: 'missing',
      rule: '1',
      diagnosis: {
        id: 'T4',
        subject: kustomizationSubject(stage),
        cause: /deleted together with its namespace/,
        nextStep: /Delete what is left/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't4-target-namespace-gone',
    title:
      'a deletion whose target namespace went first, with the rights in it',
    async force(stage) {
      const target = 'truth-t4g-target';
      await deployElsewhere(stage, target);
      await stage.api.delete({
        apiVersion: 'v1',
        kind: 'Namespace',
        name: target,
      });
      await stage.observer.until(
        `the end of namespace ${target}`,
        () => stage.phaseOf(target) === 'missing',
      );
      await stage.untilRights('deployer', target, false);
      await stage.delete(FLUX, 'Kustomization', 'app');
      await stage.untilEvent(/pruning for deleted resource failed/);
      const moment = stage.capture('Kustomization', { namespaces: [target] });
      // What the next step promises.
      await stage.patch('Kustomization', { spec: { suspend: true } });
      await stage.untilGone('Kustomization');
      return moment;
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      diagnosis: {
        id: 'T4',
        subject: kustomizationSubject(stage, 'spec.targetNamespace'),
        cause: /target namespace '.+' is gone, and the rights/,
        nextStep: /^Suspend it/,
      },
    }),
    never: ['failed'],
  },
  {
    name: 't4-target-namespace-terminating',
    title: 'a deletion whose target namespace is being deleted, too',
    async force(stage) {
      const target = 'truth-t4t-target';
      await deployElsewhere(stage, target, {
        deletionPolicy: 'WaitForTermination',
      });
      await stage.terminatingNamespace(target);
      await stage.gone('rbac.authorization.k8s.io/v1', 'RoleBinding', target);
      await stage.untilRights('deployer', target, false);
      await stage.delete(FLUX, 'Kustomization', 'app');
      const at = await stage.untilChange('Kustomization', ({ metadata }) =>
        Boolean(metadata.deletionTimestamp),
      );
      return stage.capture('Kustomization', { at, namespaces: [target] });
    },
    expected: stage => ({
      status: 'terminating',
      rule: '3',
      diagnosis: {
        id: 'T4',
        subject: kustomizationSubject(stage, 'spec.targetNamespace'),
        cause: /target namespace '.+' is being deleted, and the rights/,
        nextStep: /^Suspend it/,
      },
    }),
    never: ['failed'],
  },
];

import { randomBytes } from 'node:crypto';
import { eventually } from '../../kubernetes/contract/ContractClient';
import { conditionOf, FluxSituation, FluxSubject, Read } from './FluxSituation';
import { kustomizationFailures, sourceFailures } from './failures';

export type { FluxSubject } from './FluxSituation';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: registry.example/web:1 }]
`;
const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata: { name: extra }
data: { a: b }
`;
const STAGES = ['development', 'staging', 'production'];

/** Longer than Flux's shortest time to wait for health. */
const TEST_TIMEOUT_MS = 90_000;

/**
 * What the portal relies on from Flux's source-controller and
 * kustomize-controller, held alike against the sandbox and the real ones. Call it
 * inside a `describe`; `subject` is asked once per test.
 */
export function fluxContract(subject: () => FluxSubject): void {
  const run = randomBytes(3).toString('hex');
  let counter = 0;
  let situation: FluxSituation;

  beforeEach(async () => {
    counter += 1;
    situation = new FluxSituation(subject(), `flux-${run}-${counter}`);
    await situation.createNamespace();
  });

  afterEach(async () => {
    await situation.remove();
  }, TEST_TIMEOUT_MS);

  /** The state that a pass ended with: Ready for a finished one, retrying for a failed one. */
  const settled = (object: Read, status: 'True' | 'False', reason: string) => {
    expect(conditionOf(object, 'Ready')).toMatchObject({
      status,
      reason,
      observedGeneration: object.metadata.generation,
    });
  };

  const deployed = async (revision: string, name = 'app') =>
    eventually(async () => {
      const object = await situation.getKustomization(name);
      settled(object, 'True', 'ReconciliationSucceeded');
      expect(object.status.lastAppliedRevision).toBe(revision);
      return object;
    });

  it(
    'brings a commit to three environments, each with its own identity',
    async () => {
      const { name } = situation;
      const files: Record<string, string> = {
        'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
        'base/deployment.yaml': DEPLOYMENT,
      };
      for (const stage of STAGES) {
        files[`overlays/${stage}/kustomization.yaml`] =
          'resources: [../../base]\nreplicas: [{ name: web, count: 2 }]\n';
      }
      await situation.createRepository(files);
      await situation.goodSecret();
      for (const stage of STAGES) {
        await situation.createNamespace(`${name}-${stage}`);
        await situation.deployer(`${stage}-deployer`, `${name}-${stage}`);
      }
      const revision = await situation.revision();
      await situation.source();
      for (const stage of STAGES) {
        await situation.kustomization(
          {
            path: `./overlays/${stage}`,
            targetNamespace: `${name}-${stage}`,
            serviceAccountName: `${stage}-deployer`,
            wait: true,
          },
          stage,
        );
      }
      for (const stage of STAGES) {
        const object = await deployed(revision, stage);
        expect(conditionOf(object, 'Ready').message).toBe(
          `Applied revision: ${revision}`,
        );
        expect(conditionOf(object, 'Healthy')).toMatchObject({
          status: 'True',
          reason: 'Succeeded',
          message: expect.stringMatching(/^Health check passed in /),
        });
        expect(conditionOf(object, 'Reconciling')).toBeUndefined();
        expect(object.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
        expect(object.status).toMatchObject({
          observedGeneration: 1,
          lastAttemptedRevision: revision,
          inventory: {
            entries: [{ id: `${name}-${stage}_web_apps_Deployment`, v: 'v1' }],
          },
          history: [
            {
              lastReconciledStatus: 'ReconciliationSucceeded',
              metadata: { revision },
            },
          ],
        });
        const web = await situation.get(
          'apps/v1',
          'Deployment',
          'web',
          `${name}-${stage}`,
        );
        expect(web.spec.replicas).toBe(2);
        expect(web.metadata.labels).toMatchObject({
          'kustomize.toolkit.fluxcd.io/name': stage,
          'kustomize.toolkit.fluxcd.io/namespace': name,
        });
        expect(web.metadata.managedFields).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              manager: 'kustomize-controller',
              operation: 'Apply',
            }),
          ]),
        );
      }
      const source = await situation.getSource();
      const stored = `stored artifact for revision '${revision}'`;
      for (const type of ['Ready', 'ArtifactInStorage']) {
        expect(conditionOf(source, type)).toMatchObject({
          status: 'True',
          reason: 'Succeeded',
          message: stored,
        });
      }
      expect(source.status).toMatchObject({
        observedGeneration: 1,
        artifact: {
          revision,
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          lastUpdateTime: expect.any(String),
          url: expect.stringMatching(/\.tar\.gz$/),
        },
      });
      await eventually(async () => {
        const events = (await situation.events()).map(event => [
          event.involvedObject.kind,
          event.type,
          event.reason,
        ]);
        expect(events).toEqual(
          expect.arrayContaining([
            ['GitRepository', 'Normal', 'NewArtifact'],
            ['Kustomization', 'Normal', 'ReconciliationSucceeded'],
          ]),
        );
      });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'follows new commits when asked, prunes what they remove, and cleans up at the end',
    async () => {
      await situation.createRepository({
        'app/kustomization.yaml': 'resources: [config.yaml, other.yaml]\n',
        'app/config.yaml': CONFIG,
        'app/other.yaml': CONFIG.replace('extra', 'other'),
      });
      await situation.goodSecret();
      await situation.source();
      await situation.kustomization();
      const first = await situation.revision();
      await deployed(first);
      await situation.writeFiles({
        'app/kustomization.yaml': 'resources: [config.yaml]\n',
      });
      const second = await situation.revision();
      expect(second).not.toBe(first);
      await situation.requestSource('token-1');
      const object = await deployed(second);
      expect(object.status.inventory.entries).toHaveLength(1);
      expect(conditionOf(object, 'Healthy')).toBeUndefined();
      expect((await situation.getSource()).status.lastHandledReconcileAt).toBe(
        'token-1',
      );
      expect(await situation.get('v1', 'ConfigMap', 'other')).toBeUndefined();
      await situation.requestKustomization('token-2');
      await eventually(async () => {
        const handled = await situation.getKustomization();
        expect(handled.status.lastHandledReconcileAt).toBe('token-2');
        settled(handled, 'True', 'ReconciliationSucceeded');
      });
      expect(await situation.get('v1', 'ConfigMap', 'extra')).toBeDefined();
      await situation.deleteKustomization();
      await eventually(async () => {
        expect(await situation.getKustomization()).toBeUndefined();
      });
      expect(await situation.get('v1', 'ConfigMap', 'extra')).toBeUndefined();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'undoes drift, and does no work while suspended',
    async () => {
      await situation.createRepository({ 'app/config.yaml': CONFIG });
      await situation.goodSecret();
      await situation.source();
      await situation.kustomization();
      await deployed(await situation.revision());
      const drift = (a: string) =>
        situation.patch('v1', 'ConfigMap', 'extra', { data: { a } });
      const value = async () =>
        (await situation.get('v1', 'ConfigMap', 'extra')).data.a;
      await drift('changed');
      await situation.requestKustomization('token-1');
      await eventually(async () => expect(await value()).toBe('b'));
      await situation.patchKustomization({ spec: { suspend: true } });
      await drift('changed again');
      await situation.requestKustomization('token-2');
      await eventually(async () => {
        const object = await situation.getKustomization();
        expect(object.status.lastHandledReconcileAt).toBe('token-2');
        expect(object.status.observedGeneration).toBe(2);
        expect(conditionOf(object, 'Ready').status).toBe('True');
      });
      expect(await value()).toBe('changed again');
      await situation.patchKustomization({ spec: { suspend: false } });
      await eventually(async () => expect(await value()).toBe('b'));
      // Deleting a suspended one prunes nothing.
      await situation.patchKustomization({ spec: { suspend: true } });
      await situation.deleteKustomization();
      await eventually(async () => {
        expect(await situation.getKustomization()).toBeUndefined();
      });
      expect(await value()).toBe('b');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps the artifact of a source that fails, and recovers',
    async () => {
      await situation.createRepository({ 'app/config.yaml': CONFIG });
      await situation.goodSecret();
      await situation.source();
      await situation.kustomization();
      const revision = await situation.revision();
      await deployed(revision);
      await situation.source({ ref: { branch: 'gone' } });
      const failed = await eventually(async () => {
        const source = await situation.getSource();
        settled(source, 'False', 'GitOperationFailed');
        return source;
      });
      expect(failed.status.artifact.revision).toBe(revision);
      expect(failed.status.observedGeneration).toBe(1);
      expect(conditionOf(failed, 'FetchFailed').status).toBe('True');
      expect(conditionOf(await situation.getKustomization(), 'Ready')).toEqual(
        expect.objectContaining({ status: 'True' }),
      );
      await situation.source();
      await eventually(async () => {
        const source = await situation.getSource();
        settled(source, 'True', 'Succeeded');
        expect(conditionOf(source, 'FetchFailed')).toBeUndefined();
        expect(source.status.observedGeneration).toBe(3);
      });
    },
    TEST_TIMEOUT_MS,
  );

  it.each(sourceFailures.map(failure => [failure.id, failure] as const))(
    'reports a source that fails: %s',
    async (_id, failure) => {
      await failure.arrange(situation);
      // Conditions and the other fields are two writes.
      const source = await eventually(async () => {
        const object = await situation.getSource();
        settled(object, 'False', failure.reason);
        expect({
          stalled: conditionOf(object, 'Stalled')?.status,
          reconciling: conditionOf(object, 'Reconciling')?.reason,
          observedGeneration: object.status.observedGeneration,
        }).toEqual(
          failure.stalled
            ? { stalled: 'True', reconciling: undefined, observedGeneration: 1 }
            : {
                stalled: undefined,
                reconciling: 'ProgressingWithRetry',
                observedGeneration: -1,
              },
        );
        return object;
      });
      expect(conditionOf(source, 'Ready').message).toMatch(failure.message);
      expect(conditionOf(source, 'FetchFailed')).toMatchObject({
        status: 'True',
        reason: failure.reason,
      });
      await eventually(async () => {
        expect(
          (await situation.events()).map(({ type, reason }) => [type, reason]),
        ).toContainEqual(['Warning', failure.reason]);
      });
    },
    TEST_TIMEOUT_MS,
  );

  it.each(kustomizationFailures.map(failure => [failure.id, failure] as const))(
    'reports a Kustomization that fails: %s',
    async (_id, failure) => {
      await failure.arrange(situation);
      const object = await eventually(async () => {
        const read = await situation.getKustomization();
        settled(read, 'False', failure.reason);
        expect(conditionOf(read, 'Ready').message).toMatch(failure.message);
        return read;
      }, TEST_TIMEOUT_MS - 15_000);
      const stalled = conditionOf(object, 'Stalled');
      expect(stalled?.status).toBe(failure.stalled ? 'True' : undefined);
      expect(object.status.lastAppliedRevision).toBeUndefined();
      await failure.clean?.(situation);
    },
    TEST_TIMEOUT_MS,
  );
}

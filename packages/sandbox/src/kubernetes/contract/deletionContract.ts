import { eventually } from './ContractClient';
import type { ContractContext } from './kubernetesContract';
import { deployment } from './objectContract';

/** Finalizers, collections, namespaces, dependents. */
export function deletionContract(
  context: ContractContext,
  options: { controllers: boolean },
): void {
  const configMaps = (rest = '') =>
    `/api/v1/namespaces/${context.namespace}/configmaps${rest}`;
  const finalizer = 'contract.backstage-gitops.dev/hold';

  describe('deletion', () => {
    it('waits for finalizers', async () => {
      const { client } = context;
      const path = `/apis/apps/v1/namespaces/${context.namespace}/deployments/held`;
      const held = deployment('held', 0);
      await client.post(
        `/apis/apps/v1/namespaces/${context.namespace}/deployments`,
        { ...held, metadata: { ...held.metadata, finalizers: [finalizer] } },
      );
      const deleted = await client.delete(path);
      expect(deleted.status).toBe(200);
      expect(deleted.body).toMatchObject({
        kind: 'Deployment',
        metadata: {
          generation: 2,
          deletionGracePeriodSeconds: 0,
          deletionTimestamp: expect.any(String),
        },
      });
      expect((await client.get(path)).status).toBe(200);
      const another = await client.mergePatch(path, {
        metadata: { finalizers: [finalizer, 'example.com/late'] },
      });
      expect(another.status).toBe(422);
      expect(another.body.message).toContain(
        'no new finalizers can be added if the object is being deleted',
      );
      await client.mergePatch(path, { metadata: { finalizers: null } });
      await eventually(async () => {
        expect((await client.get(path)).status).toBe(404);
      });
    });

    it('takes whole collections', async () => {
      const { client } = context;
      for (const name of ['bulk-1', 'bulk-2']) {
        await client.post(configMaps(), {
          metadata: { name, labels: { bulk: 'yes' } },
        });
      }
      const { status } = await client.delete(configMaps(), {
        query: { labelSelector: 'bulk=yes' },
      });
      expect(status).toBe(200);
      const left = await client.get(configMaps(), {
        labelSelector: 'bulk=yes',
      });
      expect(left.body.items).toEqual([]);
    });

    it('does nothing in a dry run', async () => {
      const { client } = context;
      await client.post(configMaps(), { metadata: { name: 'spared' } });
      const { status } = await client.delete(configMaps('/spared'), {
        query: { dryRun: 'All' },
      });
      expect(status).toBe(200);
      expect((await client.get(configMaps('/spared'))).status).toBe(200);
    });

    if (!options.controllers) {
      return;
    }

    it('empties a namespace first, and refuses new content meanwhile', async () => {
      const { client, namespace } = context;
      const name = `${namespace}-ends`;
      const path = `/api/v1/namespaces/${name}`;
      const created = await client.post('/api/v1/namespaces', {
        metadata: { name },
      });
      expect(created.body).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': name } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      await eventually(async () => {
        expect(
          (await client.get(`${path}/serviceaccounts/default`)).status,
        ).toBe(200);
      });
      await client.post(`${path}/configmaps`, {
        metadata: { name: 'content' },
      });
      await client.post(`${path}/configmaps`, {
        metadata: { name: 'holds', finalizers: [finalizer] },
      });
      const deleted = await client.delete(path);
      expect(deleted.status).toBe(200);
      const refused = await client.post(`${path}/secrets`, {
        metadata: { name: 'late' },
      });
      expect(refused.body).toMatchObject({
        code: 403,
        reason: 'Forbidden',
        message: `secrets "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
        details: {
          causes: [{ reason: 'NamespaceTerminating' }],
        },
      });
      await eventually(async () => {
        const { body } = await client.get(path);
        expect(body.status.phase).toBe('Terminating');
        const remaining = body.status.conditions.find(
          ({ type }: { type: string }) => type === 'NamespaceContentRemaining',
        );
        expect(remaining).toMatchObject({
          status: 'True',
          reason: 'SomeResourcesRemain',
        });
        expect((await client.get(`${path}/configmaps/content`)).status).toBe(
          404,
        );
      });
      await client.mergePatch(`${path}/configmaps/holds`, {
        metadata: { finalizers: null },
      });
      await eventually(async () => {
        expect((await client.get(path)).status).toBe(404);
      }, 60_000);
    }, 90_000);

    it('collects dependents, or leaves them as orphans', async () => {
      const { client } = context;
      const owners = await Promise.all(
        ['parent-a', 'parent-b'].map(name =>
          client.post(configMaps(), { metadata: { name } }),
        ),
      );
      for (const [index, { body }] of owners.entries()) {
        await client.post(configMaps(), {
          metadata: {
            name: `child-${index}`,
            ownerReferences: [
              {
                apiVersion: 'v1',
                kind: 'ConfigMap',
                name: body.metadata.name,
                uid: body.metadata.uid,
              },
            ],
          },
        });
      }
      await client.delete(configMaps('/parent-a'), {
        query: { propagationPolicy: 'Background' },
      });
      await eventually(async () => {
        expect((await client.get(configMaps('/child-0'))).status).toBe(404);
      });
      await client.delete(configMaps('/parent-b'), {
        body: { propagationPolicy: 'Orphan' },
      });
      await eventually(async () => {
        expect((await client.get(configMaps('/parent-b'))).status).toBe(404);
      });
      const orphan = await client.get(configMaps('/child-1'));
      expect(orphan.status).toBe(200);
      expect(orphan.body.metadata.ownerReferences).toBeUndefined();
    }, 60_000);
  });
}

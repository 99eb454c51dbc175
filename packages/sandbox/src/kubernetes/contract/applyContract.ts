import type { ContractContext } from './kubernetesContract';
import { deployment } from './objectContract';

interface Entry {
  manager: string;
  operation: string;
  fieldsV1: Record<string, unknown>;
}

/** Server-side apply. */
export function applyContract(context: ContractContext): void {
  const configMap = (name: string) =>
    `/api/v1/namespaces/${context.namespace}/configmaps/${name}`;
  const deploy = (name: string) =>
    `/apis/apps/v1/namespaces/${context.namespace}/deployments/${name}`;
  const config = (name: string, data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });

  describe('server-side apply', () => {
    it('creates, changes, and takes away what is no longer applied', async () => {
      const { client } = context;
      const path = configMap('applied');
      const created = await client.apply(
        path,
        config('applied', { a: '1', b: '2' }),
        'first',
      );
      expect(created.status).toBe(201);
      const again = await client.apply(
        path,
        config('applied', { a: '1', b: '2' }),
        'first',
      );
      expect(again.status).toBe(200);
      expect(again.body.metadata.resourceVersion).toBe(
        created.body.metadata.resourceVersion,
      );
      const entry = again.body.metadata.managedFields.find(
        ({ manager }: Entry) => manager === 'first',
      );
      expect(entry).toMatchObject({
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
      });
      const changed = await client.apply(
        path,
        config('applied', { a: '3' }),
        'first',
      );
      expect(changed.body.data).toEqual({ a: '3' });
    });

    it('refuses to take over fields, names them, and obeys force', async () => {
      const { client } = context;
      const path = configMap('contested');
      await client.apply(path, config('contested', { a: '1', b: '1' }), 'one');
      const refused = await client.apply(
        path,
        config('contested', { a: '2' }),
        'two',
      );
      expect(refused.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "one"',
              field: '.data.a',
            },
          ],
        },
      });
      const both = await client.apply(
        path,
        config('contested', { a: '2', b: '2' }),
        'two',
      );
      expect(both.body.message).toBe(
        'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
      );
      const forced = await client.apply(
        path,
        config('contested', { a: '2' }),
        'two',
        { query: { force: true } },
      );
      expect(forced.status).toBe(200);
      expect(forced.body.data).toEqual({ a: '2', b: '1' });
      // Taken over, so its first owner can no longer take it away.
      const first = await client.apply(
        path,
        config('contested', { b: '1' }),
        'one',
      );
      expect(first.body.data).toEqual({ a: '2', b: '1' });
    });

    it('shares fields with equal values', async () => {
      const { client } = context;
      const path = configMap('shared');
      await client.apply(path, config('shared', { a: '1' }), 'one');
      const joined = await client.apply(
        path,
        config('shared', { a: '1' }),
        'two',
      );
      expect(joined.status).toBe(200);
      const left = await client.apply(path, config('shared', {}), 'one');
      expect(left.body.data).toEqual({ a: '1' });
      const last = await client.apply(path, config('shared', {}), 'two');
      expect(last.body.data ?? {}).toEqual({});
    });

    it('knows fields written by other means', async () => {
      const { client } = context;
      const path = deploy('scaled');
      await client.apply(path, deployment('scaled', 0), 'one');
      await client.mergePatch(
        path,
        { spec: { minReadySeconds: 3 } },
        { query: { fieldManager: 'kubectl' } },
      );
      const refused = await client.apply(
        path,
        {
          ...deployment('scaled', 0),
          spec: { ...deployment('scaled', 0).spec, minReadySeconds: 4 },
        },
        'one',
      );
      expect(refused.body.message).toBe(
        'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.minReadySeconds',
      );
    });

    it('merges containers by name and environment by name', async () => {
      const { client } = context;
      const path = deploy('listed');
      const base = deployment('listed', 0);
      await client.apply(path, base, 'one');
      const side = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'listed' },
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'app', env: [{ name: 'LEVEL', value: 'debug' }] },
              ],
            },
          },
        },
      };
      const added = await client.apply(path, side, 'two');
      expect(added.status).toBe(200);
      expect(added.body.spec.template.spec.containers).toMatchObject([
        {
          name: 'app',
          image: 'registry.example/app:1',
          env: [{ name: 'LEVEL', value: 'debug' }],
        },
      ]);
      const contested = await client.apply(
        path,
        deployment('listed', 0, 'registry.example/app:2'),
        'two',
      );
      expect(contested.body.message).toContain(
        '.spec.template.spec.containers[name="app"].image',
      );
      const kept = await client.apply(path, base, 'one');
      expect(kept.body.spec.template.spec.containers[0].env).toHaveLength(1);
    });

    it('wants a manager and a whole identity', async () => {
      const { client } = context;
      const nobody = await client.request('PATCH', configMap('x'), {
        contentType: 'application/apply-patch+yaml',
        body: config('x', {}),
      });
      expect(nobody.status).toBe(422);
      expect(nobody.body.message).toContain(
        'fieldManager: Required value: is required for apply patch',
      );
      const untyped = await client.apply(
        configMap('x'),
        { metadata: { name: 'x' } },
        'one',
      );
      expect(untyped.status).toBe(400);
      const other = await client.apply(configMap('x'), config('y', {}), 'one');
      expect(other.status).toBe(400);
      const merged = await client.mergePatch(
        configMap('shared'),
        {},
        { query: { force: true } },
      );
      expect(merged.status).toBe(422);
    });

    it('stores nothing in a dry run', async () => {
      const { client } = context;
      const answer = await client.apply(
        configMap('dry-applied'),
        config('dry-applied', { a: '1' }),
        'one',
        { query: { dryRun: 'All' } },
      );
      expect(answer.status).toBe(201);
      expect(answer.body.data).toEqual({ a: '1' });
      expect((await client.get(configMap('dry-applied'))).status).toBe(404);
    });
  });
}

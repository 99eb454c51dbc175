import type { ContractContext } from './kubernetesContract';

/** Lists: selectors, pages, revisions. */
export function listContract(context: ContractContext): void {
  const path = () => `/api/v1/namespaces/${context.namespace}/configmaps`;
  const names = (body: Record<string, any>) =>
    body.items.map(
      ({ metadata }: { metadata: { name: string } }) => metadata.name,
    );
  const all = { labelSelector: 'list=yes' };

  describe('lists', () => {
    beforeAll(async () => {
      for (const index of [1, 2, 3, 4, 5]) {
        await context.client.post(path(), {
          metadata: {
            name: `list-${index}`,
            labels: {
              list: 'yes',
              parity: index % 2 === 0 ? 'even' : 'odd',
              [`only-${index}`]: 'here',
            },
          },
        });
      }
    });

    it('are ordered and carry a version', async () => {
      const { client } = context;
      const { body } = await client.get(path(), all);
      expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
      expect(names(body)).toEqual([1, 2, 3, 4, 5].map(n => `list-${n}`));
      const everywhere = await client.get('/api/v1/configmaps', all);
      expect(names(everywhere.body)).toEqual(
        expect.arrayContaining(names(body)),
      );
    });

    it.each([
      ['list=yes,parity=even', ['list-2', 'list-4']],
      ['list=yes,parity!=even', ['list-1', 'list-3', 'list-5']],
      ['list,parity in (even, none)', ['list-2', 'list-4']],
      ['list=yes,parity notin (even)', ['list-1', 'list-3', 'list-5']],
      ['only-3', ['list-3']],
      ['list=yes,!only-3,parity=odd', ['list-1', 'list-5']],
    ])('select by labels: %s', async (labelSelector, expected) => {
      const { body } = await context.client.get(path(), { labelSelector });
      expect(names(body)).toEqual(expected);
    });

    it('select by name, and refuse fields they do not know', async () => {
      const { client } = context;
      const one = await client.get(path(), {
        fieldSelector: 'metadata.name=list-2',
      });
      expect(names(one.body)).toEqual(['list-2']);
      const unknown = await client.get(path(), { fieldSelector: 'data.a=b' });
      expect(unknown.status).toBe(400);
      expect(unknown.body.reason).toBe('BadRequest');
      const unreadable = await client.get(path(), { labelSelector: 'a in b' });
      expect(unreadable.status).toBe(400);
    });

    it('come in pages that stay consistent', async () => {
      const { client } = context;
      const first = await client.get(path(), { ...all, limit: 2 });
      expect(names(first.body)).toEqual(['list-1', 'list-2']);
      expect(first.body.metadata.remainingItemCount).toBeUndefined();
      await client.post(path(), {
        metadata: { name: 'list-22', labels: { list: 'yes' } },
      });
      await client.delete(`${path()}/list-4`);
      const second = await client.get(path(), {
        ...all,
        limit: 2,
        continue: first.body.metadata.continue,
      });
      expect(names(second.body)).toEqual(['list-3', 'list-4']);
      expect(second.body.metadata.resourceVersion).toBe(
        first.body.metadata.resourceVersion,
      );
      const last = await client.get(path(), {
        ...all,
        limit: 2,
        continue: second.body.metadata.continue,
      });
      expect(names(last.body)).toEqual(['list-5']);
      expect(last.body.metadata.continue ?? '').toBe('');
    });

    it('tell how many remain when nothing is selected', async () => {
      const { client } = context;
      const whole = await client.get(path());
      const { body } = await client.get(path(), { limit: 1 });
      expect(body.metadata.remainingItemCount).toBe(
        whole.body.items.length - 1,
      );
    });

    it('can be had as they were', async () => {
      const { client } = context;
      const before = await client.get(path(), all);
      await client.post(path(), {
        metadata: { name: 'list-6', labels: { list: 'yes' } },
      });
      const exact = await client.get(path(), {
        ...all,
        resourceVersion: before.body.metadata.resourceVersion,
        resourceVersionMatch: 'Exact',
      });
      expect(names(exact.body)).toEqual(names(before.body));
      const any = await client.get(path(), { ...all, resourceVersion: 0 });
      expect(any.status).toBe(200);
      const unfit = await client.get(path(), {
        resourceVersionMatch: 'Exact',
      });
      expect(unfit.status).toBe(422);
    });

    it('refuse a continue token that is none', async () => {
      const { status, body } = await context.client.get(path(), {
        limit: 1,
        continue: 'nonsense',
      });
      expect(status).toBe(400);
      expect(body.message).toContain('continue key is not valid');
    });
  });
}

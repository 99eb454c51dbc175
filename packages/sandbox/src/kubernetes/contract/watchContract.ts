import { randomBytes } from 'node:crypto';
import type { ContractContext } from './kubernetesContract';

/** Watches. */
export function watchContract(context: ContractContext): void {
  const path = (name = '') =>
    `/api/v1/namespaces/${context.namespace}/configmaps${name}`;
  const create = (
    name: string,
    labels: Record<string, string>,
    data: Record<string, string> = {},
  ) => context.client.post(path(), { metadata: { name, labels }, data });

  describe('watches', () => {
    it('go on from a list without a gap', async () => {
      const { client } = context;
      const list = await client.get(path());
      await create('seen-1', { watch: 'gap' });
      const watch = await client.watch(path(), {
        resourceVersion: list.body.metadata.resourceVersion,
        labelSelector: 'watch=gap',
      });
      const added = await watch.next();
      expect(added).toMatchObject({
        type: 'ADDED',
        object: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { name: 'seen-1' },
        },
      });
      const changed = await client.mergePatch(path('/seen-1'), {
        data: { a: '1' },
      });
      const modified = await watch.next();
      expect(modified.type).toBe('MODIFIED');
      expect(modified.object).toEqual(changed.body);
      await client.delete(path('/seen-1'));
      const deleted = await watch.next();
      expect(deleted).toMatchObject({
        type: 'DELETED',
        object: { metadata: { name: 'seen-1' } },
      });
      expect(Number(deleted.object.metadata.resourceVersion)).toBeGreaterThan(
        Number(modified.object.metadata.resourceVersion),
      );
      await watch.close();
    });

    it('start with what is there when no version is given', async () => {
      const { client } = context;
      await create('there', { watch: 'initial' });
      const selection = { labelSelector: 'watch=initial' };
      for (const query of [selection, { ...selection, resourceVersion: 0 }]) {
        const watch = await client.watch(path(), query);
        expect(await watch.next()).toMatchObject({
          type: 'ADDED',
          object: { metadata: { name: 'there' } },
        });
        await watch.close();
      }
    });

    it('tell the end of the initial events to those who ask', async () => {
      const { client } = context;
      const label = randomBytes(4).toString('hex');
      await create(`initial-${label}`, { watch: label });
      const watch = await client.watch(path(), {
        labelSelector: `watch=${label}`,
        sendInitialEvents: true,
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: true,
      });
      expect((await watch.next()).type).toBe('ADDED');
      const bookmark = await watch.next();
      expect(bookmark).toMatchObject({
        type: 'BOOKMARK',
        object: {
          kind: 'ConfigMap',
          metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
        },
      });
      await watch.close();
      const unfit = await client.get(path(), {
        watch: true,
        sendInitialEvents: true,
      });
      expect(unfit.status).toBe(422);
    });

    it('show objects that leave or enter the selection', async () => {
      const { client } = context;
      const list = await client.get(path());
      const watch = await client.watch(path(), {
        resourceVersion: list.body.metadata.resourceVersion,
        labelSelector: 'watch=in',
      });
      await create('wanders', { watch: 'out' });
      await client.mergePatch(path('/wanders'), {
        metadata: { labels: { watch: 'in' } },
      });
      expect((await watch.next()).type).toBe('ADDED');
      await client.mergePatch(path('/wanders'), {
        metadata: { labels: { watch: 'out' } },
      });
      expect((await watch.next()).type).toBe('DELETED');
      await watch.close();
    });

    it('follow one object by name', async () => {
      const { client } = context;
      await create('followed', {});
      await create('ignored', {});
      const watch = await client.watch(path(), {
        fieldSelector: 'metadata.name=followed',
      });
      expect((await watch.next()).object.metadata.name).toBe('followed');
      await client.mergePatch(path('/ignored'), { data: { a: '1' } });
      await client.mergePatch(path('/followed'), { data: { a: '1' } });
      expect((await watch.next()).object.metadata.name).toBe('followed');
      await watch.close();
    });

    it('tell where they are before they end', async () => {
      const { client } = context;
      const list = await client.get(path());
      const watch = await client.watch(path(), {
        resourceVersion: list.body.metadata.resourceVersion,
        labelSelector: 'watch=nothing',
        allowWatchBookmarks: true,
        timeoutSeconds: 5,
      });
      // Nothing for this watch, but news that a bookmark is worth.
      const elsewhere = await create('elsewhere', { watch: 'other' });
      const bookmark = await watch.next();
      expect(bookmark).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', apiVersion: 'v1' },
      });
      expect(
        Number(bookmark.object.metadata.resourceVersion),
      ).toBeGreaterThanOrEqual(Number(elsewhere.body.metadata.resourceVersion));
      expect(await watch.ended).toBeUndefined();
    }, 60_000);

    it('end cleanly after the time they were given', async () => {
      const watch = await context.client.watch(path(), { timeoutSeconds: 1 });
      expect(await watch.ended).toBeUndefined();
    });

    it('refuse versions that are none', async () => {
      const answer = await context.client.get(path(), {
        watch: true,
        resourceVersion: 'x',
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body.kind).toBe('Status');
    });
  });
}

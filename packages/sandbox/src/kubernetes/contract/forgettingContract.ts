import { randomBytes } from 'node:crypto';
import { ContractClient, KubernetesSubject } from './ContractClient';

/**
 * What becomes of versions that an API server does not remember any more. Call it
 * inside a `describe`.
 *
 * @param forget - makes the subject forget every version before now
 */
export function forgettingContract(
  subject: () => KubernetesSubject,
  forget: () => Promise<void>,
): void {
  it('answers 410 for what is forgotten, as an event and as a status', async () => {
    const client = new ContractClient(subject());
    const namespace = `forget-${randomBytes(4).toString('hex')}`;
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    try {
      await client.post('/api/v1/namespaces', {
        metadata: { name: namespace },
      });
      for (const name of ['a', 'b', 'c']) {
        await client.post(path, { metadata: { name } });
      }
      const page = await client.get(path, { limit: 1 });
      const { resourceVersion } = page.body.metadata;
      await client.mergePatch(`${path}/a`, { data: { later: 'yes' } });
      await forget();

      const watch = await client.watch(path, { resourceVersion });
      expect(await watch.next()).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired' },
      });
      expect(await watch.ended).toBeUndefined();

      const rest = await client.get(path, {
        limit: 1,
        continue: page.body.metadata.continue,
      });
      expect(rest.status).toBe(410);
      expect(rest.body).toMatchObject({ kind: 'Status', reason: 'Expired' });
      const inconsistent = await client.get(path, {
        continue: rest.body.metadata.continue,
      });
      expect(inconsistent.status).toBe(200);
    } finally {
      await client.delete(`/api/v1/namespaces/${namespace}`);
      await client.close();
    }
  }, 90_000);
}

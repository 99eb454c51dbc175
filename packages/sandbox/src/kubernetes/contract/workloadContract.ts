import { eventually } from './ContractClient';
import type { ContractContext } from './kubernetesContract';
import { deployment } from './objectContract';

interface Condition {
  type: string;
  status: string;
  reason: string;
}

/** Workloads become ready: how a roll-out shows in the status. */
export function workloadContract(context: ContractContext): void {
  const apps = (rest: string) =>
    `/apis/apps/v1/namespaces/${context.namespace}/${rest}`;

  describe('workloads', () => {
    it('roll out, scale and clear up', async () => {
      const { client, namespace } = context;
      await client.post(apps('deployments'), deployment('rolled', 2));
      const settled = (generation: number, replicas: number) =>
        eventually(async () => {
          const { body } = await client.get(apps('deployments/rolled'));
          expect(body.status).toMatchObject({
            observedGeneration: generation,
            replicas,
            updatedReplicas: replicas,
            readyReplicas: replicas,
            availableReplicas: replicas,
          });
          expect(body.status.unavailableReplicas).toBeUndefined();
          const byType = (type: string): Condition =>
            body.status.conditions.find(
              (entry: Condition) => entry.type === type,
            );
          expect(byType('Available')).toMatchObject({
            status: 'True',
            reason: 'MinimumReplicasAvailable',
          });
          expect(byType('Progressing')).toMatchObject({
            status: 'True',
            reason: 'NewReplicaSetAvailable',
          });
        });
      await settled(1, 2);
      await client.mergePatch(apps('deployments/rolled'), {
        spec: { replicas: 3 },
      });
      await settled(2, 3);
      const pods = await client.get(`/api/v1/namespaces/${namespace}/pods`, {
        labelSelector: 'app=rolled',
      });
      expect(pods.body.items).toHaveLength(3);
      expect(pods.body.items[0].metadata.ownerReferences[0]).toMatchObject({
        kind: 'ReplicaSet',
        controller: true,
      });

      await client.delete(apps('deployments/rolled'), {
        query: { propagationPolicy: 'Foreground' },
      });
      await eventually(async () => {
        expect((await client.get(apps('deployments/rolled'))).status).toBe(404);
        const left = await client.get(`/api/v1/namespaces/${namespace}/pods`, {
          labelSelector: 'app=rolled',
        });
        expect(left.body.items).toEqual([]);
      });
    }, 60_000);
  });
}

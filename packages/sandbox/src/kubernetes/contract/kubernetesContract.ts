import { randomBytes } from 'node:crypto';
import { ContractClient, KubernetesSubject } from './ContractClient';
import { accessContract } from './accessContract';
import { applyContract } from './applyContract';
import { customResourceContract } from './customResourceContract';
import { deletionContract } from './deletionContract';
import { listContract } from './listContract';
import { objectContract } from './objectContract';
import { watchContract } from './watchContract';
import { workloadContract } from './workloadContract';

export type { KubernetesSubject } from './ContractClient';

/** What the tests of one part work with. */
export interface ContractContext {
  client: ContractClient;
  /** A namespace of this run's own. */
  namespace: string;
}

/** Parts of a cluster beside the API server that the subject has. */
export interface ContractOptions {
  /** Controller manager: namespaces end, dependents are collected. Default true. */
  controllers?: boolean;
  /** Scheduler and nodes (real or simulated): pods become ready. Default true. */
  workloads?: boolean;
}

/**
 * What the portal relies on from a Kubernetes API server, held alike against the sandbox and a real one. Call it inside a
 * `describe`; `subject` is asked once, before the first test.
 */
export function kubernetesContract(
  subject: () => KubernetesSubject,
  options: ContractOptions = {},
): void {
  const { controllers = true, workloads = true } = options;
  const context = {} as ContractContext;

  beforeAll(async () => {
    context.client = new ContractClient(subject());
    context.namespace = `contract-${randomBytes(4).toString('hex')}`;
    const answer = await context.client.post('/api/v1/namespaces', {
      metadata: { name: context.namespace },
    });
    expect(answer.status).toBe(201);
  });

  afterAll(async () => {
    await context.client.delete(`/api/v1/namespaces/${context.namespace}`);
    await context.client.close();
  });

  objectContract(context);
  applyContract(context);
  customResourceContract(context);
  listContract(context);
  watchContract(context);
  accessContract(context);
  deletionContract(context, { controllers });
  if (workloads) {
    workloadContract(context);
  }
}

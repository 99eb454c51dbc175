import type { FlowBench } from '@backstage-gitops/launcher/testbench';

/** A Kustomization as the sandbox's API server holds it. */
export interface Kustomization {
  metadata: { name: string; namespace: string };
  spec: { suspend?: boolean };
  status?: { lastAppliedRevision?: string };
}

function storeOf({ backing }: FlowBench) {
  const [{ store }] = backing.sandbox.clusters;
  const kind = store.resolve('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  if (!kind) {
    throw new Error('the sandbox does not serve Kustomizations');
  }
  return { store, kind };
}

/** Finds one by name, whatever its namespace. */
export function findKustomization(
  flow: FlowBench,
  name: string,
): Kustomization | undefined {
  const { store, kind } = storeOf(flow);
  const all = store.list(kind) as unknown as Kustomization[];
  return all.find(({ metadata }) => metadata.name === name);
}

/**
 * Tells of every change at the moment it is written.
 *
 * @returns what ends it
 */
export function watchKustomizations(
  flow: FlowBench,
  listener: (object: Kustomization) => void,
): () => void {
  const { store, kind } = storeOf(flow);
  return store.watch(kind, ({ object }) =>
    listener(object as unknown as Kustomization),
  );
}

import {
  MANAGED_BY_LABEL,
  MANAGER,
} from '@backstage-gitops/plugin-gitops-common';

export const FIRST = '1'.repeat(40);
export const SECOND = '2'.repeat(40);
export const THIRD = '3'.repeat(40);
export const TIME = '2026-01-01T00:00:00Z';
const labels = { [MANAGED_BY_LABEL]: MANAGER };

/** A condition about the present spec. */
export function condition(
  type: string,
  status: string,
  reason: string,
  message: string,
  at = TIME,
) {
  return {
    type,
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: at,
  };
}

/** The source of project `shop`, with a commit fetched. */
export function source(commit: string, conditions?: object[]) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'shop-repo', namespace: 'project-shop', labels },
    spec: { interval: '1m', url: 'https://git.example.com/acme/shop.git' },
    status: {
      observedGeneration: 1,
      artifact: { revision: `main@sha1:${commit}`, lastUpdateTime: TIME },
      conditions: conditions ?? [
        condition('Ready', 'True', 'Succeeded', `stored artifact ${commit}`),
      ],
    },
  };
}

/** The Kustomization of `shop` in staging. */
export function kustomization(
  status: object,
  changes: { spec?: object; annotations?: Record<string, string> } = {},
) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'shop-staging',
      namespace: 'project-shop',
      labels,
      annotations: changes.annotations,
    },
    spec: {
      interval: '10m',
      wait: true,
      targetNamespace: 'project-shop-staging',
      sourceRef: { kind: 'GitRepository', name: 'shop-repo' },
      ...changes.spec,
    },
    status: { observedGeneration: 1, ...status },
  };
}

/** Status once a commit is applied and healthy. */
export function applied(commit: string, at = TIME, more: object = {}) {
  return {
    lastAppliedRevision: `main@sha1:${commit}`,
    lastAttemptedRevision: `main@sha1:${commit}`,
    inventory: { entries: [{ id: 'a_b_apps_Deployment', v: 'v1' }] },
    conditions: [
      condition('Ready', 'True', 'Succeeded', `Applied ${commit}`, at),
      condition('Healthy', 'True', 'Succeeded', 'passed', at),
    ],
    ...more,
  };
}

/** Status while a commit is being applied. */
export function running(commit: string, lastApplied: string, at = TIME) {
  return {
    lastAppliedRevision: `main@sha1:${lastApplied}`,
    conditions: [
      condition('Ready', 'Unknown', 'Progressing', `Applying ${commit}`, at),
      condition('Reconciling', 'True', 'Progressing', `Applying ${commit}`, at),
    ],
  };
}

/** Status after a commit could not be built. */
export function failed(commit: string, lastApplied?: string) {
  return {
    lastAttemptedRevision: `main@sha1:${commit}`,
    ...(lastApplied && { lastAppliedRevision: `main@sha1:${lastApplied}` }),
    conditions: [
      condition('Ready', 'False', 'BuildFailed', 'kustomize build failed: x'),
    ],
  };
}

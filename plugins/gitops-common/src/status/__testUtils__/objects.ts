import type { FluxCondition, FluxObject } from '../types';

/** The clock of the tests. */
export const NOW = new Date('2026-03-01T12:00:00Z');
export const COMMIT = '1f8d1cf2a1d3b0c1f8d1cf2a1d3b0c1f8d1cf2a1';
export const REVISION = `main@sha1:${COMMIT}`;
export const NEXT_REVISION = `main@sha1:${'9'.repeat(40)}`;

/** RFC 3339 time so many whole seconds before the clock of the tests, as Kubernetes writes it. */
export function ago(seconds: number): string {
  return new Date(NOW.getTime() - seconds * 1000)
    .toISOString()
    .replace('.000Z', 'Z');
}

export function after(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1000);
}

/** A condition about generation 1, ten minutes old unless told otherwise. */
export function is(
  type: string,
  status: string,
  reason: string,
  message = '',
  more: Partial<FluxCondition> = {},
): FluxCondition {
  return {
    type,
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: ago(600),
    ...more,
  };
}

export const READY = is(
  'Ready',
  'True',
  'ReconciliationSucceeded',
  `Applied revision: ${REVISION}`,
);
export const HEALTHY = is(
  'Healthy',
  'True',
  'Succeeded',
  'Health check passed',
);

interface Parts {
  metadata?: Partial<FluxObject['metadata']>;
  spec?: FluxObject['spec'];
  status?: FluxObject['status'];
  conditions?: FluxCondition[];
}

function build(base: FluxObject, parts: Parts): FluxObject {
  return {
    ...base,
    metadata: { ...base.metadata, ...parts.metadata },
    spec: { ...base.spec, ...parts.spec },
    status: {
      ...base.status,
      ...(parts.conditions && { conditions: parts.conditions }),
      ...parts.status,
    },
  };
}

/** A healthy Kustomization at {@link REVISION}, changed where told. */
export function kustomization(parts: Parts = {}): FluxObject {
  return build(
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: {
        name: 'shop-staging',
        namespace: 'project-shop',
        generation: 1,
        creationTimestamp: ago(86_400),
        finalizers: ['finalizers.fluxcd.io'],
      },
      spec: {
        interval: '10m0s',
        retryInterval: '1m0s',
        timeout: '2m0s',
        path: './deploy/overlays/staging',
        prune: true,
        wait: true,
        serviceAccountName: 'staging-deployer',
        targetNamespace: 'project-shop-staging',
        sourceRef: { kind: 'GitRepository', name: 'shop-repo' },
      },
      status: {
        observedGeneration: 1,
        conditions: [READY, HEALTHY],
        lastAppliedRevision: REVISION,
        lastAttemptedRevision: REVISION,
      },
    },
    parts,
  );
}

/** A healthy GitRepository at {@link REVISION}, changed where told. */
export function gitRepository(parts: Parts = {}): FluxObject {
  return build(
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: {
        name: 'shop-repo',
        namespace: 'project-shop',
        generation: 1,
        creationTimestamp: ago(86_400),
        finalizers: ['finalizers.fluxcd.io'],
      },
      spec: {
        interval: '1m0s',
        timeout: '60s',
        url: 'https://git.example.com/acme/shop.git',
        ref: { branch: 'main' },
        secretRef: { name: 'shop-git-auth' },
      },
      status: {
        observedGeneration: 1,
        conditions: [
          is('Ready', 'True', 'Succeeded', 'stored artifact'),
          is('ArtifactInStorage', 'True', 'Succeeded', 'stored artifact'),
        ],
        artifact: { revision: REVISION, lastUpdateTime: ago(600) },
      },
    },
    parts,
  );
}

/** A GitRepository that never fetched anything, failing as told. */
export function failingRepository(
  reason: string,
  message: string,
  type = 'FetchFailed',
): FluxObject {
  return gitRepository({
    conditions: [
      is('Ready', 'False', reason, message),
      is(type, 'True', reason, message),
    ],
    status: { artifact: undefined },
  });
}

/** A HelmRelease, released unless told otherwise. */
export function helmRelease(parts: Parts = {}): FluxObject {
  return build(
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: {
        name: 'redis',
        namespace: 'project-shop',
        generation: 1,
        creationTimestamp: ago(86_400),
      },
      spec: { interval: '10m0s' },
      status: {
        observedGeneration: 1,
        lastAttemptedRevision: '1.2.3',
        conditions: [
          is('Ready', 'True', 'UpgradeSucceeded', 'Helm upgrade succeeded'),
          is('Released', 'True', 'UpgradeSucceeded', 'Helm upgrade succeeded'),
        ],
      },
    },
    parts,
  );
}

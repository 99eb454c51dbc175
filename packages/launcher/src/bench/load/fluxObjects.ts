import type { Manifest } from '@backstage-gitops/control-plane';
import {
  commitOf,
  type PlannedEnvironment,
  type PlannedProject,
} from './LoadPlan';

export const SOURCE_API = 'source.toolkit.fluxcd.io/v1';
export const KUSTOMIZE_API = 'kustomize.toolkit.fluxcd.io/v1';

/** Manifests of one planned environment, as the portal itself writes them. */
export function plannedManifests(
  { slug, namespace }: PlannedProject,
  { name, source, kustomization }: PlannedEnvironment,
): Manifest[] {
  const labels = {
    'app.kubernetes.io/managed-by': 'backstage-gitops',
    'backstage-gitops.dev/project': slug,
    'backstage.io/kubernetes-id': slug,
  };
  return [
    {
      apiVersion: SOURCE_API,
      kind: 'GitRepository',
      metadata: { name: source, namespace, labels },
      spec: {
        url: `https://git.example.com/load/${slug}.git`,
        ref: { branch: 'main' },
        interval: '10m',
        timeout: '20s',
        secretRef: { name: `${slug}-git-auth` },
      },
    },
    {
      apiVersion: KUSTOMIZE_API,
      kind: 'Kustomization',
      metadata: {
        name: kustomization,
        namespace,
        labels: { ...labels, 'backstage-gitops.dev/environment': name },
      },
      spec: {
        sourceRef: { kind: 'GitRepository', name: source },
        path: `./deploy/overlays/${name}`,
        targetNamespace: `${namespace}-${name}`,
        serviceAccountName: `${name}-deployer`,
        prune: true,
        wait: true,
        interval: '10m',
        retryInterval: '30s',
        timeout: '2m',
      },
    },
  ];
}

function condition(type: string, reason: string, message: string, at: Date) {
  return {
    type,
    status: 'True',
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: at.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** The status that source-controller writes after a fetch. */
export function fetchedStatus(change: number, at: Date) {
  const revision = `main@sha1:${commitOf(change)}`;
  return {
    observedGeneration: 1,
    artifact: {
      digest: `sha256:${commitOf(change).padStart(64, '0')}`,
      lastUpdateTime: at.toISOString().replace(/\.\d+Z$/, 'Z'),
      path: `gitrepository/load/${commitOf(change)}.tar.gz`,
      revision,
      size: 4096,
      url: 'http://source-controller.flux-system.svc/artifact.tar.gz',
    },
    conditions: [
      condition(
        'Ready',
        'Succeeded',
        `stored artifact for revision '${revision}'`,
        at,
      ),
      condition(
        'ArtifactInStorage',
        'Succeeded',
        `stored artifact for revision '${revision}'`,
        at,
      ),
    ],
  };
}

/** The status that kustomize-controller writes after a successful apply. */
export function appliedStatus(change: number, at: Date) {
  const revision = `main@sha1:${commitOf(change)}`;
  return {
    observedGeneration: 1,
    lastAppliedRevision: revision,
    lastAttemptedRevision: revision,
    conditions: [
      condition(
        'Ready',
        'ReconciliationSucceeded',
        `Applied revision: ${revision}`,
        at,
      ),
      condition('Healthy', 'Succeeded', 'Health check passed', at),
    ],
    inventory: {
      // What an ordinary service brings; a full object carries it to every poller.
      entries: ['Deployment', 'Service', 'Ingress', 'ConfigMap'].flatMap(
        kind => [
          { id: `load_app_apps_${kind}`, v: 'v1' },
          { id: `load_sidecar_apps_${kind}`, v: 'v1' },
        ],
      ),
    },
  };
}

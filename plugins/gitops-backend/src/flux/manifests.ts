import {
  ENVIRONMENT_LABEL,
  KUBERNETES_ID_LABEL,
  LABEL_PREFIX,
  MANAGED_BY_LABEL,
  MANAGER,
  PROJECT_LABEL,
  deployerName,
  gitAuthSecretName,
  gitRepositoryName,
  kustomizationName,
  overlayPath,
  projectNamespace,
} from '@backstage-gitops/plugin-gitops-common';
import type { V1RoleBinding } from '@kubernetes/client-node';
import type { ClusterObject } from '../clusters/ClusterObject';
import type {
  FluxCredential,
  SourceCredential,
} from '../credentials/kinds/FluxCredential';

// What a project is made of in a cluster, as pure functions of its names. Two
// calls with the same input give the same object, so that applying it again
// changes nothing.

/** Id of the project in this portal; tells two portals on one cluster apart. @internal */
export const PROJECT_ID_ANNOTATION = `${LABEL_PREFIX}project-id`;

/** Id of the git auth whose content a Secret holds. @internal */
export const CREDENTIAL_ANNOTATION = `${LABEL_PREFIX}credential`;

/** The project as far as its objects need to know it. @internal */
export interface ManifestProject {
  id: string;
  slug: string;
}

/** @internal */
export interface ManifestEnvironment {
  name: string;
  namespace: string;
}

/** @internal */
export interface GitRepositoryObject extends ClusterObject {
  spec: {
    url: string;
    ref: { branch: string };
    interval: string;
    timeout: string;
    secretRef: { name: string };
    /** Makes Flux read the Secret as a GitHub App. */
    provider?: 'github';
  };
}

/** @internal */
export interface KustomizationObject extends ClusterObject {
  spec: {
    sourceRef: { kind: 'GitRepository'; name: string };
    path: string;
    targetNamespace: string;
    serviceAccountName: string;
    prune: boolean;
    wait: boolean;
    interval: string;
    retryInterval: string;
    timeout: string;
    commonMetadata: { labels: Record<string, string> };
  };
}

/** @internal */
export interface RoleBindingObject
  extends ClusterObject,
    Required<Pick<V1RoleBinding, 'roleRef' | 'subjects'>> {}

/** @internal */
export interface GitAuthSecretObject extends ClusterObject {
  type: 'kubernetes.io/basic-auth' | 'Opaque';
  /** Base64, as the API server returns it. */
  data: Record<string, string>;
}

/** Namespace of the project's Flux objects, or of one environment. @internal */
export function namespaceManifest(
  project: ManifestProject,
  environment?: ManifestEnvironment,
): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: environment?.namespace ?? projectNamespace(project.slug),
      ...ownership(project, environment),
    },
  };
}

/**
 * What Flux and, where switched on, an environment reads the repository with: the
 * very keys that Flux asks for (source-controller docs, GitRepository, "Secret
 * reference" and "Provider").
 *
 * @param name - Another than that of the credential in use.
 * @internal
 */
export function gitAuthSecretManifest(
  project: ManifestProject,
  namespace: string,
  credential: FluxCredential,
  name: string = gitAuthSecretName(project.slug),
): GitAuthSecretObject {
  const { labels: ownLabels, annotations } = ownership(project);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: ownLabels,
      annotations: {
        ...annotations,
        [CREDENTIAL_ANNOTATION]: credential.authId,
      },
    },
    type: credential.kind === 'basic' ? 'kubernetes.io/basic-auth' : 'Opaque',
    data: Object.fromEntries(
      Object.entries(secretContent(credential)).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ]),
    ),
  };
}

function secretContent(credential: FluxCredential): Record<string, string> {
  switch (credential.kind) {
    case 'basic':
      return { username: credential.username, password: credential.password };
    case 'ssh':
      return {
        identity: credential.identity,
        'identity.pub': credential.publicKey,
        known_hosts: credential.knownHosts,
      };
    default:
      return {
        githubAppID: credential.appId,
        githubAppInstallationID: credential.installationId,
        githubAppPrivateKey: credential.privateKey,
        ...(credential.apiUrl && { githubAppBaseURL: credential.apiUrl }),
      };
  }
}

/** The identity that applies one environment. @internal */
export function deployerManifest(
  project: ManifestProject,
  environment: ManifestEnvironment,
): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: deployerName(environment.name),
      namespace: projectNamespace(project.slug),
      ...ownership(project, environment),
    },
  };
}

/** Makes the deployer admin of its environment's namespace, and of no other. @internal */
export function deployerBindingManifest(
  project: ManifestProject,
  environment: ManifestEnvironment,
): RoleBindingObject {
  const deployer = deployerName(environment.name);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: {
      name: deployer,
      namespace: environment.namespace,
      ...ownership(project, environment),
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'admin',
    },
    subjects: [
      {
        kind: 'ServiceAccount',
        name: deployer,
        namespace: projectNamespace(project.slug),
      },
    ],
  };
}

/**
 * The part of a source that follows from its credential: address, Secret and kind
 * of Secret, which have to change together.
 * @internal
 */
export function sourceAuth(
  project: ManifestProject,
  repository: { cloneUrl: string },
  credential: SourceCredential,
): Pick<GitRepositoryObject['spec'], 'url' | 'secretRef' | 'provider'> {
  return {
    url: credential.kind === 'ssh' ? credential.url : repository.cloneUrl,
    secretRef: { name: gitAuthSecretName(project.slug) },
    ...(credential.kind === 'github-app' && { provider: 'github' }),
  };
}

/** @internal */
export function gitRepositoryManifest(
  project: ManifestProject,
  repository: { cloneUrl: string; defaultBranch: string },
  credential: FluxCredential,
): GitRepositoryObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: {
      name: gitRepositoryName(project.slug),
      namespace: projectNamespace(project.slug),
      ...ownership(project),
    },
    spec: {
      ...sourceAuth(project, repository, credential),
      ref: { branch: repository.defaultBranch },
      interval: '1m',
      timeout: '60s',
    },
  };
}

/** @internal */
export function kustomizationManifest(
  project: ManifestProject,
  environment: ManifestEnvironment,
): KustomizationObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: kustomizationName(project.slug, environment.name),
      namespace: projectNamespace(project.slug),
      ...ownership(project, environment),
    },
    spec: {
      sourceRef: {
        kind: 'GitRepository',
        name: gitRepositoryName(project.slug),
      },
      path: `./${overlayPath(environment.name)}`,
      targetNamespace: environment.namespace,
      serviceAccountName: deployerName(environment.name),
      prune: true,
      // Without it Flux reports Ready before any workload runs.
      wait: true,
      interval: '10m',
      // A failed pass must not wait for the next regular one.
      retryInterval: '1m',
      // Short: while a pass waits for workloads, newer commits wait for it.
      timeout: '3m',
      commonMetadata: { labels: labels(project, environment) },
    },
  };
}

function ownership(
  project: ManifestProject,
  environment?: ManifestEnvironment,
): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  return {
    labels: {
      [MANAGED_BY_LABEL]: MANAGER,
      ...labels(project, environment),
    },
    annotations: { [PROJECT_ID_ANNOTATION]: project.id },
  };
}

function labels(project: ManifestProject, environment?: ManifestEnvironment) {
  return {
    [PROJECT_LABEL]: project.slug,
    ...(environment && { [ENVIRONMENT_LABEL]: environment.name }),
    [KUBERNETES_ID_LABEL]: project.slug,
  };
}

/**
 * Whether an object that exists is this project's. The label decides; the id,
 * where it is written, also keeps apart two portals that share a cluster.
 * @internal
 */
export function isOwnedBy(
  { metadata }: ClusterObject,
  project: ManifestProject,
): boolean {
  const id = metadata.annotations?.[PROJECT_ID_ANNOTATION];
  return (
    metadata.labels?.[PROJECT_LABEL] === project.slug &&
    (id === undefined || id === project.id)
  );
}

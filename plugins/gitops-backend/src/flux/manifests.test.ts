import type { FluxCredential } from '../credentials/kinds/FluxCredential';
import {
  deployerBindingManifest,
  deployerManifest,
  gitAuthSecretManifest,
  gitRepositoryManifest,
  isOwnedBy,
  kustomizationManifest,
  namespaceManifest,
} from './manifests';

const project = { id: '6f1c2a3e-0000-4000-8000-000000000001', slug: 'shop' };
const environment = { name: 'staging', namespace: 'project-shop-staging' };

const repository = {
  cloneUrl: 'https://git.example.com/team/shop.git',
  defaultBranch: 'trunk',
};

const ofProject = {
  labels: {
    'app.kubernetes.io/managed-by': 'backstage-gitops',
    'backstage-gitops.dev/project': 'shop',
    'backstage.io/kubernetes-id': 'shop',
  },
  annotations: { 'backstage-gitops.dev/project-id': project.id },
};
const ofEnvironment = {
  ...ofProject,
  labels: {
    ...ofProject.labels,
    'backstage-gitops.dev/environment': 'staging',
  },
};

describe('manifests', () => {
  it('gives every object its name, home and owner', () => {
    expect(namespaceManifest(project).metadata).toEqual({
      name: 'project-shop',
      ...ofProject,
    });
    expect(namespaceManifest(project, environment).metadata).toEqual({
      name: 'project-shop-staging',
      ...ofEnvironment,
    });
    expect(deployerManifest(project, environment)).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: 'staging-deployer',
        namespace: 'project-shop',
        ...ofEnvironment,
      },
    });
  });

  it('makes the deployer admin of its environment and of nothing else', () => {
    expect(deployerBindingManifest(project, environment)).toEqual({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: {
        name: 'staging-deployer',
        namespace: 'project-shop-staging',
        ...ofEnvironment,
      },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'admin',
      },
      subjects: [
        {
          kind: 'ServiceAccount',
          name: 'staging-deployer',
          namespace: 'project-shop',
        },
      ],
    });
  });

  it('lets Flux read the repository with the Secret beside it', () => {
    const credential = {
      authId: 'auth-1',
      kind: 'basic' as const,
      username: 'git',
      password: 'pässword',
    };
    const secret = gitAuthSecretManifest(project, 'project-shop', credential);
    expect(secret).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'shop-git-auth',
        namespace: 'project-shop',
        labels: ofProject.labels,
        annotations: {
          ...ofProject.annotations,
          'backstage-gitops.dev/credential': 'auth-1',
        },
      },
      type: 'kubernetes.io/basic-auth',
      data: { username: 'Z2l0', password: 'cMOkc3N3b3Jk' },
    });
    const source = gitRepositoryManifest(project, repository, credential);
    expect(source).toMatchObject({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'shop-repo', namespace: 'project-shop' },
      spec: {
        url: 'https://git.example.com/team/shop.git',
        ref: { branch: 'trunk' },
        secretRef: { name: secret.metadata.name },
      },
    });
    expect(source.spec).not.toHaveProperty('provider');
  });

  it('gives Flux the keys that each other kind of credential needs', () => {
    const decoded = (credential: FluxCredential) => {
      const { type, data } = gitAuthSecretManifest(
        project,
        'project-shop',
        credential,
      );
      return {
        type,
        ...Object.fromEntries(
          Object.entries(data).map(([key, value]) => [
            key,
            Buffer.from(value, 'base64').toString(),
          ]),
        ),
      };
    };
    const ssh: FluxCredential = {
      authId: 'auth-2',
      kind: 'ssh',
      identity: 'private',
      publicKey: 'public',
      knownHosts: 'host key',
      url: 'ssh://git@git.example.com:2222/team/shop.git',
    };
    expect(decoded(ssh)).toEqual({
      type: 'Opaque',
      identity: 'private',
      'identity.pub': 'public',
      known_hosts: 'host key',
    });
    expect(gitRepositoryManifest(project, repository, ssh).spec).toMatchObject({
      url: ssh.url,
      secretRef: { name: 'shop-git-auth' },
    });
    const app: FluxCredential = {
      authId: 'auth-3',
      kind: 'github-app',
      appId: '1',
      installationId: '2',
      privateKey: 'pem',
    };
    expect(decoded(app)).toEqual({
      type: 'Opaque',
      githubAppID: '1',
      githubAppInstallationID: '2',
      githubAppPrivateKey: 'pem',
    });
    expect(
      decoded({ ...app, apiUrl: 'https://git.example.com/api/v3' }),
    ).toMatchObject({ githubAppBaseURL: 'https://git.example.com/api/v3' });
    expect(gitRepositoryManifest(project, repository, app).spec).toMatchObject({
      url: repository.cloneUrl,
      provider: 'github',
    });
  });

  it('has Flux apply an overlay as the deployer and watch over its health', () => {
    const { apiVersion, kind, metadata, spec } = kustomizationManifest(
      project,
      environment,
    );
    expect({ apiVersion, kind, name: metadata.name }).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      name: 'shop-staging',
    });
    expect(spec).toMatchObject({
      sourceRef: { kind: 'GitRepository', name: 'shop-repo' },
      path: './deploy/overlays/staging',
      targetNamespace: 'project-shop-staging',
      serviceAccountName: 'staging-deployer',
      prune: true,
      wait: true,
      commonMetadata: {
        labels: { 'backstage.io/kubernetes-id': 'shop' },
      },
    });
    const minutes = (duration: string) => parseInt(duration, 10);
    expect(minutes(spec.retryInterval)).toBeLessThan(minutes(spec.interval));
    expect(minutes(spec.timeout)).toBeLessThan(minutes(spec.interval));
  });

  it('knows its own objects from others', () => {
    const own = namespaceManifest(project, environment);
    expect(isOwnedBy(own, project)).toBe(true);
    expect(isOwnedBy(own, { ...project, id: 'another portal' })).toBe(false);
    expect(isOwnedBy(own, { ...project, slug: 'shop-staging' })).toBe(false);
    const foreign = { ...own, metadata: { name: own.metadata.name } };
    expect(isOwnedBy(foreign, project)).toBe(false);
  });
});

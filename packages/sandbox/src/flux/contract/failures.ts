import { FluxSituation } from './FluxSituation';

/** Something that goes wrong, and what Flux says then. */
export interface Failure {
  id: string;
  arrange(situation: FluxSituation): Promise<void>;
  reason: string;
  message: RegExp;
  /** Given up: nothing but a change of the specification helps. */
  stalled?: boolean;
  /** Undoes what would be in the way of the clean-up. */
  clean?(situation: FluxSituation): Promise<void>;
}

const FILES = {
  'app/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: config }
data: { a: "1" }
`,
};

/** What a GitRepository may suffer. */
export const sourceFailures: Failure[] = [
  {
    id: 'the Secret does not exist',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.source();
    },
    reason: 'AuthenticationFailed',
    message: /failed to get secret '.+'.*secrets "credentials" not found/i,
  },
  {
    id: 'the Secret has a password only',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.secret({ password: 'x' });
      await situation.source();
    },
    reason: 'AuthenticationFailed',
    message:
      /^failed to configure authentication options: invalid 'http' auth option: 'password' requires 'username' to be set$/,
  },
  {
    id: 'the token is wrong',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.secret({ username: 'someone', password: 'wrong' });
      await situation.source();
    },
    reason: 'GitOperationFailed',
    message:
      /^failed to checkout and determine revision: unable to clone '.+': authentication required/,
  },
  {
    id: 'a private repository is read without credentials',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      // Server-side apply takes a field away that is no longer sent.
      await situation.source({ secretRef: undefined });
    },
    reason: 'GitOperationFailed',
    message: /authentication required/,
  },
  {
    id: 'the token has not the right scope',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.secret({
        username: 'any',
        password: await situation.token(['read:user']),
      });
      await situation.source();
    },
    reason: 'GitOperationFailed',
    message: /authorization failed/,
  },
  {
    id: 'the repository does not exist',
    arrange: async situation => {
      await situation.goodSecret();
      await situation.source();
    },
    reason: 'GitOperationFailed',
    message: /unable to clone '.+': repository not found/,
  },
  {
    id: 'the branch does not exist',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      await situation.source({ ref: { branch: 'gone' } });
    },
    reason: 'GitOperationFailed',
    message:
      /^failed to checkout and determine revision: unable to clone '.+': couldn't find remote ref "refs\/heads\/gone"$/,
  },
  {
    id: 'no reference is given, and there is no master',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      await situation.source({ ref: undefined });
    },
    reason: 'GitOperationFailed',
    message: /couldn't find remote ref "refs\/heads\/master"/,
  },
  {
    id: 'the tag does not exist',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      await situation.source({ ref: { tag: 'v1' } });
    },
    reason: 'GitOperationFailed',
    message: /couldn't find remote ref "refs\/tags\/v1"/,
  },
  {
    id: 'the commit does not exist',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      await situation.source({ ref: { commit: '1'.repeat(40) } });
    },
    reason: 'GitOperationFailed',
    message: /unable to resolve commit object for '1{40}': object not found$/,
  },
  {
    id: 'the reference does not exist',
    arrange: async situation => {
      await situation.createRepository(FILES);
      await situation.goodSecret();
      await situation.source({ ref: { name: 'refs/pull/1/head' } });
    },
    reason: 'GitOperationFailed',
    message:
      /unable to resolve ref 'refs\/pull\/1\/head' to a specific commit$/,
  },
  {
    id: 'the repository is empty',
    arrange: async situation => {
      await situation.createRepository();
      await situation.goodSecret();
      await situation.source();
    },
    reason: 'EmptyGitRepository',
    message: /^git repository is empty$/,
  },
  {
    id: 'nobody listens',
    arrange: async situation => {
      await situation.goodSecret();
      await situation.source({ url: 'http://127.0.0.1:64999/x/y.git' });
    },
    reason: 'GitOperationFailed',
    message:
      /unable to clone 'http:\/\/127.0.0.1:64999\/x\/y.git': Get "http:\/\/127.0.0.1:64999\/x\/y.git\/info\/refs\?service=git-upload-pack": dial tcp 127.0.0.1:64999: connect: connection refused/,
  },
  {
    id: 'the URL is malformed',
    arrange: async situation => {
      await situation.goodSecret();
      await situation.source({ url: 'http://[bad/x.git' });
    },
    reason: 'URLInvalid',
    message: /^failed to parse url 'http:\/\/\[bad\/x.git'/,
    stalled: true,
  },
];

/** A repository with these files, a good source, and a Kustomization of `./app`. */
function broken(
  files: Record<string, string>,
  spec: Record<string, unknown> = {},
) {
  return async (situation: FluxSituation) => {
    await situation.createRepository(files);
    await situation.goodSecret();
    await situation.source();
    await situation.kustomization(spec);
  };
}

const NESTED = (url: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: nested }
spec: { interval: 1h, url: "${url}" }
`;

/** What a Kustomization may suffer. */
export const kustomizationFailures: Failure[] = [
  {
    id: 'the source does not exist',
    arrange: situation => situation.kustomization(),
    reason: 'ArtifactFailed',
    message: /^GitRepository.source.toolkit.fluxcd.io "repo" not found$/,
  },
  {
    id: 'the source has no artifact',
    arrange: async situation => {
      await situation.source();
      await situation.kustomization();
    },
    reason: 'ArtifactFailed',
    message: /^Source artifact not found, retrying in 30s$/,
  },
  {
    id: 'the source is in another namespace',
    arrange: situation =>
      situation.kustomization({
        sourceRef: {
          kind: 'GitRepository',
          name: 'repo',
          namespace: 'default',
        },
      }),
    reason: 'AccessDenied',
    message:
      /^can't access 'GitRepository\/default\/repo', cross-namespace references have been blocked$/,
    stalled: true,
  },
  {
    id: 'the path is not in the repository',
    arrange: broken(FILES, { path: './nowhere/here' }),
    reason: 'ArtifactFailed',
    message:
      /^kustomization path not found: stat \/tmp\/kustomization-\d+\/nowhere\/here: no such file or directory$/,
  },
  {
    id: 'a file is absent',
    arrange: broken({ 'app/kustomization.yaml': 'resources: [gone.yaml]\n' }),
    reason: 'BuildFailed',
    message:
      /^kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'gone.yaml': open \/tmp\/kustomization-\d+\/app\/gone.yaml: no such file or directory': /,
  },
  {
    id: 'the kustomization file has a wrong apiVersion',
    arrange: broken({
      ...FILES,
      'app/kustomization.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nresources: [config.yaml]\n',
    }),
    reason: 'BuildFailed',
    message:
      /apiVersion for Kustomization should be kustomize.config.k8s.io\/v1beta1/,
  },
  {
    id: 'a base has an unknown field',
    arrange: broken({
      'base/kustomization.yaml': 'resorces: []\n',
      'app/kustomization.yaml': 'resources: [../base]\n',
    }),
    reason: 'BuildFailed',
    message: /invalid Kustomization: json: unknown field "resorces"/,
  },
  {
    id: 'a patch has no target',
    arrange: broken({
      ...FILES,
      'app/kustomization.yaml':
        'resources: [config.yaml]\npatches:\n  - patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}"\n',
    }),
    reason: 'BuildFailed',
    message:
      /no resource matches strategic merge patch "ConfigMap.v1.\[noGrp\]\/other.\[noNs\]"/,
  },
  {
    id: 'the same object is there twice',
    arrange: broken({
      'app/a.yaml': FILES['app/config.yaml'],
      'app/b.yaml': FILES['app/config.yaml'],
    }),
    reason: 'BuildFailed',
    message:
      /may not add resource with an already registered id: ConfigMap.v1.\[noGrp\]\/config/,
  },
  {
    id: 'a manifest is no YAML, without a kustomization file',
    arrange: broken({ 'app/bad.yaml': 'a: b: c\n' }),
    reason: 'BuildFailed',
    message:
      /^failed to decode Kubernetes YAML from \/tmp\/kustomization-\d+\/app\/bad.yaml: /,
  },
  {
    id: 'a manifest is no YAML, with a kustomization file',
    arrange: broken({
      'app/kustomization.yaml': 'resources: [bad.yaml]\n',
      'app/bad.yaml': 'a: b: c\n',
    }),
    reason: 'BuildFailed',
    message:
      /^kustomize build failed: accumulating resources: accumulating resources from 'bad.yaml': MalformedYAMLError: yaml: /,
  },
  {
    id: 'a source of variables is absent',
    arrange: broken(FILES, {
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] },
    }),
    reason: 'BuildFailed',
    message:
      /^post build failed for 'ConfigMap.v1.\[noGrp\]\/config': substitute from 'ConfigMap\/vars' error: .*"vars" not found$/,
  },
  {
    id: 'a variable has a bad name',
    arrange: broken(FILES, { postBuild: { substitute: { 'a-b': '1' } } }),
    reason: 'BuildFailed',
    message: /var name is invalid/,
  },
  {
    id: 'the identity may not write there',
    arrange: async situation => {
      await situation.deployer('deployer');
      await broken(FILES, { serviceAccountName: 'deployer' })(situation);
    },
    reason: 'ReconciliationFailed',
    message:
      /^ConfigMap\/\S+\/config dry-run failed \(Forbidden\): configmaps "config" is forbidden: User "system:serviceaccount:\S+:deployer" cannot patch resource "configmaps" in API group "" in the namespace "\S+"/,
  },
  {
    id: 'the target namespace is being deleted',
    arrange: async situation => {
      const leaving = `${situation.name}-leaving`;
      await situation.createNamespace(leaving);
      await situation.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'holds',
          namespace: leaving,
          finalizers: ['example.com/holds'],
        },
      });
      await situation.delete('v1', 'Namespace', leaving);
      await broken(FILES, { targetNamespace: leaving })(situation);
    },
    reason: 'ReconciliationFailed',
    message:
      /ConfigMap\/\S+\/config dry-run failed \(Forbidden\): configmaps "config" is forbidden: unable to create new content in namespace \S+ because it is being terminated/,
    clean: situation =>
      situation.patch(
        'v1',
        'ConfigMap',
        'holds',
        { metadata: { finalizers: null } },
        `${situation.name}-leaving`,
      ),
  },
  {
    id: 'the target namespace does not exist',
    arrange: broken(FILES, { targetNamespace: 'does-not-exist' }),
    reason: 'ReconciliationFailed',
    message:
      /^ConfigMap\/does-not-exist\/config not found: namespaces "does-not-exist" not found\n$/,
  },
  {
    id: 'a kind is not installed',
    arrange: broken({
      'app/thing.yaml':
        'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: thing }\n',
    }),
    reason: 'ReconciliationFailed',
    message:
      /^Thing\/\S+\/thing dry-run failed: no matches for kind "Thing" in version "example.com\/v1"\n$/,
  },
  {
    id: 'a value is invalid',
    arrange: broken({
      'app/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: other } }
    spec: { containers: [{ name: web, image: registry.example/web }] }
`,
    }),
    reason: 'ReconciliationFailed',
    message:
      /^Deployment\/\S+\/web dry-run failed \(Invalid\): Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: .*`selector` does not match template `labels`/,
  },
  {
    id: 'a value has the wrong type',
    arrange: broken({
      'app/config.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata: { a: 1 }\n',
    }),
    reason: 'ReconciliationFailed',
    message: /^ConfigMap\/\S+\/config dry-run failed.*: /,
  },
  {
    id: 'an immutable field changes',
    arrange: async situation => {
      await situation.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'config', namespace: situation.name },
        immutable: true,
        data: { a: 'other' },
      });
      await broken(FILES)(situation);
    },
    reason: 'ReconciliationFailed',
    message:
      /^ConfigMap\/\S+\/config dry-run failed \(Invalid\): ConfigMap "config" is invalid: .*immutable/,
  },
  {
    id: 'it depends on what does not exist',
    arrange: broken(FILES, { dependsOn: [{ name: 'first' }] }),
    reason: 'DependencyNotReady',
    message: /^dependency '\S+\/first' not found: /,
  },
  {
    id: 'it depends on what is not ready',
    arrange: async situation => {
      await broken(FILES, { path: './nowhere' })(situation);
      await situation.kustomization({ path: './nowhere' }, 'first');
      await situation.kustomization({ dependsOn: [{ name: 'first' }] });
    },
    reason: 'DependencyNotReady',
    message: /^dependency '\S+\/first' is not ready$/,
  },
  {
    id: 'what it applied does not become ready in time',
    arrange: broken(
      { 'app/nested.yaml': NESTED('http://127.0.0.1:64999/x/y.git') },
      { wait: true, timeout: '30s' },
    ),
    reason: 'HealthCheckFailed',
    message:
      /^health check failed after 30\S*s: timeout waiting for: \[GitRepository\/\S+\/nested status: 'InProgress'\]$/,
  },
  {
    id: 'what it applied has failed for good',
    arrange: broken(
      { 'app/nested.yaml': NESTED('http://[bad/x.git') },
      { wait: true },
    ),
    reason: 'HealthCheckFailed',
    message:
      /^health check failed after \S+s: failed early due to stalled resources: \[GitRepository\/\S+\/nested status: 'Failed'\]$/,
  },
];

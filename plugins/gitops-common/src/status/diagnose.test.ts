import {
  after,
  ago,
  COMMIT,
  failingRepository,
  gitRepository,
  helmRelease,
  is,
  kustomization,
  NOW,
  READY,
} from './__testUtils__/objects';
import { diagnose } from './diagnose';
import type {
  Diagnosis,
  FluxEvent,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from './types';
import { diagnosisMessages } from '../words/diagnosisMessages';
import { backendMessages } from '../words/english';
import { sayWording, type WordingLanguage } from '../words/wording';

/** A Kustomization that fails as told. */
const failing = (
  reason: string,
  message: string,
  parts: Parameters<typeof kustomization>[0] = {},
) =>
  kustomization({
    conditions: [is('Ready', 'False', reason, message)],
    ...parts,
  });

const stalled = (object: FluxObject): FluxObject => {
  const [ready] = object.status!.conditions!;
  object.status!.conditions!.push({
    ...ready,
    type: 'Stalled',
    status: 'True',
  });
  return object;
};

const gitFailure = (message: string, reason = 'GitOperationFailed') =>
  failingRepository(reason, message);

const forbidden = (resource = 'deployments', group = 'apps') =>
  `Deployment/project-shop-staging/web dry-run failed (Forbidden): ${resource}.${group} "web" is forbidden: User "system:serviceaccount:project-shop:staging-deployer" cannot patch resource "${resource}" in API group "${group}" in the namespace "project-shop-staging"`;

const SECRET_URL = 'https://bot:s3cr3t@git.example.com/acme/shop.git';

interface Case {
  id: string;
  when: string;
  reading: Reading;
  source?: Reading;
  events?: FluxEvent[];
  context?: StatusContext;
  /** Words that the cause or the next step must hold: what was read out of the message. */
  says?: string[];
  subject?: Partial<Diagnosis['subject']>;
  final?: boolean;
}

const git = (
  id: string,
  when: string,
  reading: FluxObject,
  says: string[] = [],
  more: Partial<Case> = {},
): Case => ({ id, when, reading, says, ...more });

const cases: Case[] = [
  git(
    'G1',
    'the Secret is not there',
    gitFailure(
      `failed to get secret 'project-shop/shop-git-auth': secrets "shop-git-auth" not found`,
      'AuthenticationFailed',
    ),
    ["'shop-git-auth'", "'project-shop'"],
    { subject: { field: 'spec.secretRef' } },
  ),
  git(
    'G2',
    'HTTPS keys are missing',
    gitFailure(
      "failed to configure authentication options: invalid 'https' auth option: 'password' is required",
      'AuthenticationFailed',
    ),
    ['`username`', '`password`'],
  ),
  {
    ...git(
      'G2',
      'SSH keys are missing',
      gitRepository({
        spec: { url: 'ssh://git@git.example.com/acme/shop.git' },
        conditions: [
          is(
            'Ready',
            'False',
            'AuthenticationFailed',
            "invalid 'ssh' auth option: 'identity' is required",
          ),
        ],
      }),
    ),
    says: ['`identity`', '`known_hosts`'],
  },
  git(
    'G3',
    'the key has a passphrase',
    gitFailure('SSH identity key is encrypted', 'AuthenticationFailed'),
    ['`password`'],
  ),
  git(
    'G4',
    'the token is not accepted',
    gitFailure(
      `failed to checkout and determine revision: unable to clone '${SECRET_URL}': authentication required`,
    ),
    ["'shop-git-auth'", 'Rotate'],
    { subject: { kind: 'GitRepository', field: 'spec.secretRef' } },
  ),
  git(
    'G4',
    'there is no token at all',
    gitRepository({
      spec: { secretRef: undefined },
      conditions: [
        is('Ready', 'False', 'GitOperationFailed', 'authentication required'),
      ],
    }),
    ['`secretRef`'],
  ),
  git('G5', 'the token lacks the right', gitFailure('authorization failed'), [
    'git.example.com',
  ]),
  git('G6', 'nothing is there', gitFailure('repository not found: no'), [
    'https://git.example.com/acme/shop.git',
  ]),
  git(
    'G7',
    'the branch is not there',
    gitFailure(`couldn't find remote ref "refs/heads/trunk"`),
    ["branch 'trunk'"],
    { subject: { field: 'spec.ref.branch' } },
  ),
  git(
    'G7',
    'the tag is not there',
    gitFailure(`couldn't find remote ref "refs/tags/v1"`),
    ["tag 'v1'"],
    { subject: { field: 'spec.ref.tag' } },
  ),
  git(
    'G7',
    'no ref was given',
    gitRepository({
      spec: { ref: undefined },
      conditions: [
        is(
          'Ready',
          'False',
          'GitOperationFailed',
          `couldn't find remote ref "refs/heads/master"`,
        ),
      ],
    }),
    ["'master'", 'without `spec.ref`'],
  ),
  git('G8', 'the ref is gone', gitFailure('unable to resolve ref')),
  git(
    'G8',
    'the commit is gone',
    gitFailure('unable to resolve commit object'),
  ),
  git('G8', 'the object is gone', gitFailure('object not found')),
  git('G9', 'no tag fits', gitFailure('no match found for semver: 9.x')),
  git('G9', 'the range is malformed', gitFailure('semver parse error')),
  git(
    'G10',
    'nothing was pushed',
    gitFailure('git repository is empty', 'EmptyGitRepository'),
    ["'main'"],
  ),
  git('G10', 'go-git says so', gitFailure('remote repository is empty')),
  git(
    'G11',
    'the key is not registered',
    gitFailure(
      'ssh: unable to authenticate, attempted methods [none publickey]',
    ),
  ),
  git('G12', 'the host key changed', gitFailure('knownhosts: key mismatch')),
  git('G12', 'the host is unknown', gitFailure('knownhosts: key is unknown')),
  git(
    'G13',
    'it takes too long',
    gitFailure('context deadline exceeded'),
    ['60s'],
    { subject: { field: 'spec.timeout' } },
  ),
  git('G13', 'packets are lost', gitFailure('dial tcp: i/o timeout')),
  git('G13', 'the name is unknown', gitFailure('lookup x: no such host'), [
    'does not resolve',
  ]),
  git('G13', 'nobody listens', gitFailure('connection refused'), ['accepts']),
  git(
    'G14',
    'the authority is private',
    gitFailure('x509: unknown authority'),
    ['`ca.crt`'],
  ),
  git(
    'G15',
    'credentials of a Secret travel in clear',
    gitRepository({ spec: { url: 'http://git.example.com/acme/shop.git' } }),
    ['http'],
    { subject: { field: 'spec.url' } },
  ),
  git(
    'G15',
    'credentials of the URL travel in clear',
    gitRepository({
      spec: {
        url: 'http://bot:s3cr3t@git.example.com/x',
        secretRef: undefined,
      },
    }),
  ),
  git(
    'G16',
    'the URL is malformed',
    stalled(gitFailure('failed to parse url', 'URLInvalid')),
    [],
    { final: true, subject: { field: 'spec.url' } },
  ),
  git(
    'G17',
    'the app data is missing',
    stalled(
      gitRepository({
        spec: { provider: 'github' },
        conditions: [
          is(
            'Ready',
            'False',
            'InvalidProviderConfiguration',
            'spec.secretRef with github app data must be specified',
          ),
        ],
      }),
    ),
    ['`githubAppID`'],
    { final: true },
  ),
  git(
    'G17',
    'the provider is missing',
    gitFailure(
      'secretRef has github app data but provider is not set to github',
      'InvalidProviderConfiguration',
    ),
    [],
    { subject: { field: 'spec.provider' } },
  ),
  git(
    'G18',
    'the gate is closed',
    stalled(
      gitFailure(
        'the feature gate ObjectLevelWorkloadIdentity is off',
        'FeatureGateDisabled',
      ),
    ),
    [],
    { final: true },
  ),
  git(
    'G19',
    'the included one is missing',
    failingRepository(
      'NotFound',
      "could not get resource for include 'shared': not found",
      'IncludeUnavailable',
    ),
    ["'shared'"],
    { subject: { name: 'shop-repo', field: 'spec.include' } },
  ),
  git(
    'G19',
    'the included one was never fetched',
    failingRepository(
      'NoArtifact',
      "no artifact available for include 'shared'",
      'IncludeUnavailable',
    ),
    ["'shared'"],
    { subject: { kind: 'GitRepository', name: 'shared' } },
  ),
  ...[
    'VerificationError',
    'InvalidCommitSignature',
    'InvalidTagSignature',
    'InvalidGitObject',
    'InvalidVerificationMode',
  ].map(reason =>
    git(
      'G20',
      reason,
      gitRepository({
        conditions: [
          is('Ready', 'False', reason, 'any words'),
          is('SourceVerified', 'False', reason, 'any words'),
        ],
      }),
    ),
  ),
  git(
    'G20',
    'only the condition of the signature tells',
    gitRepository({
      conditions: [
        is('Ready', 'False', 'Failed', 'see below'),
        is('SourceVerified', 'False', 'VerificationError', 'unsigned'),
      ],
    }),
  ),
  ...[
    'DirectoryCreationFailed',
    'StatOperationFailed',
    'ArchiveOperationFailed',
  ].map(reason =>
    git(
      'G21',
      reason,
      failingRepository(reason, 'any words', 'StorageOperationFailed'),
    ),
  ),
  git(
    'G21',
    'seen while it is tried again',
    gitRepository({
      conditions: [
        is('Ready', 'Unknown', 'Progressing', 'x'),
        is('StorageOperationFailed', 'True', 'StatOperationFailed', 'x'),
      ],
    }),
  ),
  git(
    'G22',
    'the directory is not there',
    gitFailure('sparse checkout directories [a] not found'),
    [],
    { subject: { field: 'spec.sparseCheckout' } },
  ),

  {
    id: 'K1',
    when: 'the source object is not there',
    reading: failing(
      'ArtifactFailed',
      'gitrepositories.source.toolkit.fluxcd.io "shop-repo" not found',
    ),
    source: { failure: 'missing' },
    says: ["GitRepository 'project-shop/shop-repo'"],
    subject: { kind: 'Kustomization', field: 'spec.sourceRef' },
  },
  {
    id: 'K1',
    when: 'the source went away after it was waited for',
    reading: failing(
      'ArtifactFailed',
      'Source artifact not found, retrying in 30s',
    ),
    source: { failure: 'missing' },
  },
  {
    id: 'K2',
    when: 'nobody knows the source',
    reading: failing(
      'ArtifactFailed',
      'Source artifact not found, retrying in 30s',
    ),
    says: ["GitRepository 'project-shop/shop-repo'"],
    subject: { kind: 'GitRepository', name: 'shop-repo' },
  },
  {
    id: 'K2',
    when: 'the source is suspended and never fetched',
    reading: failing(
      'ArtifactFailed',
      'Source artifact not found, retrying in 30s',
    ),
    source: gitRepository({
      spec: { suspend: true },
      status: { artifact: undefined },
    }),
    says: ['Resume'],
  },
  {
    id: 'K2',
    when: 'the source is being fetched for the first time',
    reading: failing(
      'ArtifactFailed',
      'Source artifact not found, retrying in 30s',
    ),
    source: gitRepository({
      conditions: [
        is('Ready', 'Unknown', 'Progressing', 'building artifact', {
          lastTransitionTime: ago(1),
        }),
      ],
      status: { artifact: undefined },
    }),
    says: ['is still fetching its first revision', 'Wait'],
  },
  {
    id: 'G4',
    when: 'the source was never fetched for want of a valid token',
    reading: failing(
      'ArtifactFailed',
      'Source artifact not found, retrying in 30s',
    ),
    source: gitFailure('authentication required'),
    subject: {
      kind: 'GitRepository',
      name: 'shop-repo',
      namespace: 'project-shop',
      field: 'spec.secretRef',
    },
  },
  {
    id: 'K3',
    when: 'the artifact has vanished, from a source over plain HTTP too',
    reading: failing(
      'ArtifactFailed',
      'Source is not ready, artifact not found',
    ),
    source: gitRepository({ spec: { url: 'http://git.example.com/x' } }),
  },
  {
    id: 'K4',
    when: 'the path is not there',
    reading: failing(
      'ArtifactFailed',
      'kustomization path not found: stat /tmp/x/deploy/overlays/staging: no such file or directory',
    ),
    source: gitRepository(),
    says: ["'./deploy/overlays/staging'", `main@${COMMIT.slice(0, 7)}`],
    subject: { field: 'spec.path' },
  },
  ...[
    'failed to download archive: GET returned 404',
    'failed to extract archive',
    "computed digest doesn't match",
  ].map(
    (message): Case => ({
      id: 'K5',
      when: message,
      reading: failing('ArtifactFailed', message),
      source: gitRepository(),
    }),
  ),
  {
    id: 'K6',
    when: 'the source is in another namespace',
    reading: stalled(
      failing(
        'AccessDenied',
        "can't access 'GitRepository/other/x', cross-namespace references have been blocked",
      ),
    ),
    final: true,
  },
  {
    id: 'K7',
    when: 'a named file is absent',
    reading: failing(
      'BuildFailed',
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'web.yaml': open /tmp/x/web.yaml: no such file or directory'",
    ),
    says: ["The file 'web.yaml'", "under './deploy/overlays/staging'"],
  },
  {
    id: 'K7',
    when: 'a file that a base names is absent',
    reading: failing(
      'BuildFailed',
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from '../../base': read /tmp/kustomization-4/deploy/base: is a directory': recursed accumulation of path '/tmp/kustomization-4/deploy/base': accumulating resources: accumulation err='accumulating resources from './web.yaml': open /tmp/kustomization-4/deploy/base/web.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/tmp/kustomization-4/deploy/base/web.yaml' : lstat /tmp/kustomization-4/deploy/base/web.yaml: no such file or directory",
    ),
    source: gitRepository(),
    says: [
      "The file 'deploy/base/web.yaml'",
      `main@${COMMIT.slice(0, 7)}`,
      "kustomization.yaml in 'deploy/base'",
      "Commit 'deploy/base/web.yaml'",
    ],
  },
  {
    id: 'K7',
    when: 'a patch is absent',
    reading: failing(
      'BuildFailed',
      "kustomize build failed: failed to get the patch file from path(patches/web.yaml): evalsymlink failure on '/tmp/kustomization-4/deploy/overlays/staging/patches/web.yaml' : lstat /tmp/kustomization-4/deploy/overlays/staging/patches/web.yaml: no such file or directory",
    ),
    says: [
      "The file 'deploy/overlays/staging/patches/web.yaml'",
      "kustomization.yaml in 'deploy/overlays/staging'",
    ],
  },
  {
    id: 'K7',
    when: 'the message tells no name',
    reading: failing(
      'BuildFailed',
      'kustomize build failed: no such file or directory',
    ),
    says: ['A file is not', 'Commit the file'],
  },
  ...[
    'apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1',
    'json: unknown field "sourceRef"',
  ].map(
    (message): Case => ({
      id: 'K8',
      when: message,
      reading: failing('BuildFailed', `kustomize build failed: ${message}`),
    }),
  ),
  ...[
    'failed to find unique target for patch Deployment.v1.apps/web',
    'no resource matches strategic merge patch "web"',
    'doc is missing path: "/spec/x": missing value',
  ].map(
    (message): Case => ({
      id: 'K9',
      when: message,
      reading: failing('BuildFailed', `kustomize build failed: ${message}`),
    }),
  ),
  {
    id: 'K10',
    when: 'an object is there twice',
    reading: failing(
      'BuildFailed',
      'kustomize build failed: accumulating resources: may not add resource with an already registered id: Service.v1.[noGrp]/web',
    ),
  },
  ...[
    'failed to decode Kubernetes YAML from x.yaml',
    'MalformedYAMLError: yaml: line 2',
    'yaml: line 7: mapping values are not allowed',
    'missing Resource metadata',
    'missing metadata.name in object {{v1 ConfigMap} {{ } map[] map[]}}',
  ].map(
    (message): Case => ({
      id: 'K11',
      when: message,
      reading: failing(
        'BuildFailed',
        `kustomize build failed: accumulating resources: ${message}`,
      ),
    }),
  ),
  {
    id: 'K12',
    when: 'the source of variables is missing',
    reading: failing(
      'BuildFailed',
      "substitute from 'ConfigMap/settings' error: not found",
    ),
    says: ["ConfigMap 'settings'"],
    subject: { field: 'spec.postBuild.substituteFrom' },
  },
  ...[
    'variable substitution failed',
    "'a b' var name is invalid",
    'envsubst error: bad substitution',
  ].map(
    (message): Case => ({
      id: 'K12',
      when: message,
      reading: failing('BuildFailed', message),
    }),
  ),
  {
    id: 'K13',
    when: 'the key is missing',
    reading: failing('BuildFailed', 'secrets "sops-age" not found'),
    says: ["'sops-age'"],
  },
  ...['decryption Secret x', 'failed to decrypt data'].map(
    (message): Case => ({
      id: 'K13',
      when: message,
      reading: failing('BuildFailed', message),
    }),
  ),
  {
    id: 'K13',
    when: 'decryption is not set',
    reading: failing(
      'ReconciliationFailed',
      'Secret/a/b is SOPS encrypted, configuring decryption is required for this secret to be reconciled',
    ),
    subject: { field: 'spec.decryption' },
  },
  {
    id: 'K14',
    when: 'the account lacks a right',
    reading: failing('ReconciliationFailed', forbidden()),
    context: { namespacePhase: () => 'Active' },
    says: [
      'system:serviceaccount:project-shop:staging-deployer',
      "'project-shop-staging'",
      'apiGroups ["apps"], resources ["deployments"], verbs ["patch"]',
    ],
    subject: { field: 'spec.serviceAccountName' },
  },
  {
    id: 'K14',
    when: 'the overlay writes to a namespace that is not the target',
    reading: failing('ReconciliationFailed', forbidden(), {
      spec: { targetNamespace: 'project-shop-development' },
    }),
    context: { namespacePhase: () => 'Active' },
    says: [
      'system:serviceaccount:project-shop:staging-deployer',
      "to namespace 'project-shop-staging'",
      "everything goes to 'project-shop-development'",
    ],
    subject: { field: 'spec.path' },
  },
  {
    id: 'K14',
    when: 'the older wording, without the parts of the refusal',
    reading: failing(
      'ReconciliationFailed',
      'Deployment/a/b dry-run failed, reason: Forbidden, error: it cannot create things',
    ),
  },
  {
    id: 'K14',
    when: 'a health check may not read',
    reading: failing(
      'HealthCheckFailed',
      `timeout waiting for: [Deployment/a/web status: 'Unknown': deployments.apps "web" is forbidden: User "u" cannot get resource "deployments" in API group "apps" in the namespace "a"]`,
    ),
    says: ["'u'", 'get'],
  },
  {
    id: 'K14',
    when: 'what is refused is in no namespace',
    reading: failing(
      'ReconciliationFailed',
      'ClusterRole/reader dry-run failed (Forbidden): clusterroles.rbac.authorization.k8s.io "reader" is forbidden: User "u" cannot patch resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
    ),
    says: ['in the cluster', 'Bind a ClusterRole', 'clusterroles'],
    subject: { field: 'spec.serviceAccountName' },
  },
  {
    id: 'K15',
    when: 'the words say that the namespace goes',
    reading: failing(
      'ReconciliationFailed',
      'Deployment/a/web dry-run failed (Forbidden): unable to create new content in namespace a because it is being terminated: User "u" cannot create',
    ),
    says: ["'a'"],
    subject: { kind: 'Namespace', name: 'a' },
  },
  {
    id: 'K15',
    when: 'RBAC answers before the namespace that goes',
    reading: failing('ReconciliationFailed', forbidden()),
    context: {
      namespacePhase: namespace =>
        namespace === 'project-shop-staging' ? 'Terminating' : 'Active',
    },
    says: ["'project-shop-staging'"],
  },
  {
    id: 'K16',
    when: 'the words say that the namespace is absent',
    reading: failing(
      'ReconciliationFailed',
      'Deployment/gone/web dry-run failed (NotFound): namespaces "gone" not found',
    ),
    says: ["'gone'"],
    subject: { field: 'spec.targetNamespace' },
  },
  {
    id: 'K16',
    when: 'RBAC answers before the namespace that is absent',
    reading: failing('ReconciliationFailed', forbidden()),
    context: { namespacePhase: () => 'missing' },
    says: ["'project-shop-staging'"],
  },
  {
    id: 'K17',
    when: 'an object has no namespace',
    reading: failing(
      'ReconciliationFailed',
      'Deployment/web namespace not specified: the server could not find the requested resource',
    ),
    says: ["Deployment 'web'"],
    subject: { field: 'spec.targetNamespace' },
  },
  {
    id: 'K18',
    when: 'the kind is not installed',
    reading: failing(
      'ReconciliationFailed',
      'Gadget/a/one dry-run failed: no matches for kind "Gadget" in version "example.com/v1"',
    ),
    says: ["'Gadget'", 'example.com/v1'],
    subject: { kind: 'Gadget', namespace: 'a', name: 'one' },
  },
  ...[
    'Service/a/web dry-run failed (Invalid): spec.ports: Required value',
    'Service/a/web dry-run failed (BadRequest): unable to decode',
    'Service/a/web dry-run failed: failed to create typed patch object',
  ].map(
    (message): Case => ({
      id: 'K19',
      when: message,
      reading: failing('ReconciliationFailed', message),
      subject: { kind: 'Service', namespace: 'a', name: 'web' },
    }),
  ),
  {
    id: 'K20',
    when: 'a field cannot change, though the dry run calls it Invalid',
    reading: failing(
      'ReconciliationFailed',
      'Job/a/migrate dry-run failed (Invalid): spec.template: Invalid value: field is immutable',
    ),
    subject: { kind: 'Job', name: 'migrate' },
  },
  ...[
    'admission webhook "policy.example.com" denied the request: no',
    'admission webhook "policy.example.com" does not support dry run',
    "ValidatingAdmissionPolicy 'policy.example.com' with binding 'b' denied request",
  ].map(
    (words): Case => ({
      id: 'K21',
      when: words,
      reading: failing(
        'ReconciliationFailed',
        `Pod/a/web dry-run failed (Invalid): ${words}`,
      ),
      says: ["'policy.example.com'", "Pod 'a/web'"],
    }),
  ),
  {
    id: 'K22',
    when: 'the account of a pod is absent',
    reading: failing(
      'ReconciliationFailed',
      'Pod/a/web dry-run failed (Forbidden): pods "web" is forbidden: error looking up service account a/robot: serviceaccount "robot" not found',
    ),
    says: ["'robot'"],
  },
  {
    id: 'K23',
    when: 'another writer owns a field',
    reading: failing(
      'ReconciliationFailed',
      'Deployment/a/web apply failed: Apply failed with 1 conflict',
    ),
    subject: { kind: 'Deployment' },
  },
  ...[
    'unable to read KubeConfig secret',
    'failed to get server groups: EOF',
  ].map(
    (message): Case => ({
      id: 'K24',
      when: message,
      reading: failing('ReconciliationFailed', message),
    }),
  ),
  ...[
    "dependency 'project-shop/database' not found",
    "dependency 'project-shop/database' is not ready",
    "dependency 'project-shop/database' revision is not up to date",
  ].map(
    (message): Case => ({
      id: 'K25',
      when: message,
      reading: failing('DependencyNotReady', message, {
        spec: { dependsOn: [{ name: 'database' }] },
      }),
      says: ["Kustomization 'project-shop/database'"],
    }),
  ),
  {
    id: 'K25',
    when: 'readyExpr is not true',
    reading: failing('DependencyNotReady', 'readyExpr is false'),
  },
  {
    id: 'K26',
    when: 'workloads do not become ready',
    reading: failing(
      'HealthCheckFailed',
      "health check failed after 2m0s: timeout waiting for: [Deployment/a/web status: 'InProgress', Job/a/seed status: 'Current', StatefulSet/a/db status: 'InProgress']",
    ),
    says: ["Deployment 'a/web', StatefulSet 'a/db'"],
    subject: { kind: 'Deployment', namespace: 'a', name: 'web' },
  },
  {
    id: 'K26',
    when: 'many workloads do not become ready',
    reading: failing(
      'HealthCheckFailed',
      `timeout waiting for: [${[1, 2, 3, 4, 5]
        .map(n => `Pod/a/p${n} status: 'InProgress'`)
        .join(', ')}]`,
    ),
    says: ['and 2 more'],
  },
  {
    id: 'K27',
    when: 'a workload failed for good',
    reading: failing(
      'HealthCheckFailed',
      "health check failed after 1s: failed early due to stalled resources: [Job/a/seed status: 'Failed']",
    ),
    subject: { kind: 'Job', namespace: 'a', name: 'seed' },
  },
  ...[
    "timeout waiting for: [Deployment/a/gone status: 'NotFound']",
    "can't determine status of Deployment/a/gone status: 'Unknown'",
    'timeout waiting for: [Gadget/a/gone status: \'Unknown\': no matches for kind "Gadget"]',
  ].map(
    (message): Case => ({
      id: 'K28',
      when: message,
      reading: failing('HealthCheckFailed', message),
      says: ["'a/gone'"],
      subject: { field: 'spec.healthChecks' },
    }),
  ),
  {
    id: 'K28',
    when: 'a health check that names none',
    reading: failing(
      'HealthCheckFailed',
      "can't determine status of what is checked",
    ),
    says: ['an object or kind'],
    subject: { field: 'spec.healthChecks' },
  },
  {
    id: 'K29',
    when: 'a newer run took over',
    reading: failing(
      'HealthCheckCanceled',
      'New reconciliation triggered by GitRepository/project-shop/shop-repo',
    ),
    says: ['Nothing to do'],
  },
  {
    id: 'K30',
    when: 'pruning is refused',
    reading: failing(
      'PruneFailed',
      'delete failed, errors: ConfigMap/a/old delete failed: denied',
    ),
    subject: { kind: 'ConfigMap', namespace: 'a', name: 'old' },
  },
  {
    id: 'K31',
    when: 'an expression is wrong',
    reading: stalled(
      failing(
        'InvalidCELExpression',
        'Reconciliation failed terminally due to configuration error: readyExpr',
      ),
    ),
    subject: { field: 'spec.dependsOn' },
    final: true,
  },
  {
    id: 'K32',
    when: 'the gate is closed',
    reading: stalled(
      failing('FeatureGateDisabled', 'the feature gate X is off'),
    ),
    final: true,
  },
  {
    id: 'K33',
    when: 'the scratch disk is full',
    reading: failing('DirectoryCreationFailed', 'tmp dir error: no space left'),
  },

  ...(
    [
      ['H1', 'InstallFailed'],
      ['H2', 'UpgradeFailed'],
      ['H3', 'TestFailed'],
      ['H4', 'RollbackFailed'],
      ['H5', 'UninstallFailed'],
      ['H6', 'SourceNotReady'],
      ['H6', 'ArtifactFailed'],
      ['H7', 'ValuesError'],
      ['H8', 'StateError'],
    ] as const
  ).map(
    ([id, reason]): Case => ({
      id,
      when: reason,
      reading: helmRelease({
        conditions: [
          is('Ready', 'False', reason, 'words of Helm'),
          is('Reconciling', 'True', 'ProgressingWithRetry', 'retrying'),
        ],
      }),
    }),
  ),
  ...(
    [
      ['H9', 'RetriesExceeded'],
      ['H10', 'MissingRollbackTarget'],
    ] as const
  ).map(
    ([id, reason]): Case => ({
      id,
      when: reason,
      reading: helmRelease({
        conditions: [
          is('Ready', 'False', 'UpgradeFailed', 'words of Helm'),
          is('Stalled', 'True', reason, 'words of the controller'),
        ],
      }),
      final: true,
    }),
  ),
  {
    id: 'H11',
    when: 'somebody changed the release',
    reading: helmRelease({
      conditions: [
        is('Ready', 'True', 'UpgradeSucceeded'),
        is('Drifted', 'True', 'DriftDetected', 'Deployment/a/web changed'),
      ],
    }),
  },
  {
    id: 'K25',
    when: 'a HelmRelease waits for another one',
    reading: helmRelease({
      spec: { dependsOn: [{ name: 'crds' }] },
      conditions: [
        is(
          'Ready',
          'False',
          'DependencyNotReady',
          "dependency 'project-shop/crds' is not ready",
        ),
      ],
    }),
    says: ["HelmRelease 'project-shop/crds'"],
  },

  {
    id: 'T1',
    when: 'the finalizer stays and nobody says anything',
    reading: kustomization({ metadata: { deletionTimestamp: ago(400) } }),
    events: [
      { type: 'Normal', reason: 'x', message: 'old', lastTimestamp: ago(500) },
    ],
    says: ['kustomize-controller'],
    subject: { field: 'metadata.finalizers' },
  },
  {
    id: 'T1',
    when: 'the last words are of the second of the deletion',
    reading: kustomization({ metadata: { deletionTimestamp: ago(400) } }),
    events: [
      { type: 'Normal', reason: 'x', message: 'old', lastTimestamp: ago(400) },
    ],
  },
  {
    id: 'T2',
    when: 'pruning is refused, at once and although Ready stays True',
    reading: kustomization({ metadata: { deletionTimestamp: ago(10) } }),
    events: [
      {
        type: 'Warning',
        reason: 'ReconciliationSucceeded',
        message: 'pruning for deleted resource failed: denied',
        lastTimestamp: ago(5),
        involvedObject: { kind: 'Kustomization', name: 'shop-staging' },
      },
    ],
  },
  {
    id: 'T3',
    when: 'it waits for objects that do not end',
    reading: kustomization({
      metadata: { deletionTimestamp: ago(301) },
      spec: { deletionPolicy: 'WaitForTermination' },
    }),
  },
  {
    id: 'T1',
    when: 'it waits longer than it would wait by itself',
    reading: kustomization({
      metadata: { deletionTimestamp: ago(421) },
      spec: { deletionPolicy: 'WaitForTermination' },
    }),
  },
  {
    id: 'T3',
    when: 'it let go of objects that do not end',
    reading: {
      failure: 'missing',
      reference: { kind: 'Kustomization', name: 'shop-staging' },
    },
    events: [
      {
        type: 'Warning',
        reason: 'x',
        message: 'failed to wait for resources termination: [PVC/a/data]',
      },
    ],
    subject: { name: 'shop-staging' },
  },
  {
    id: 'T4',
    when: 'the target namespace goes with it',
    reading: kustomization({ metadata: { deletionTimestamp: ago(10) } }),
    context: { namespacePhase: () => 'Terminating' },
    says: ['is being deleted, and the rights of the deploy account', 'Suspend'],
  },
  {
    id: 'T4',
    when: 'pruning is refused since the target namespace went first',
    reading: kustomization({ metadata: { deletionTimestamp: ago(10) } }),
    events: [
      {
        type: 'Warning',
        reason: 'ReconciliationSucceeded',
        message: 'pruning for deleted resource failed',
        lastTimestamp: ago(5),
      },
    ],
    context: { namespacePhase: () => 'missing' },
    says: ['is gone, and the rights of the deploy account', 'Suspend'],
  },
  {
    id: 'T4',
    when: 'it went with its own namespace, which takes no events then',
    reading: {
      failure: 'missing',
      reference: {
        kind: 'Kustomization',
        name: 'shop-staging',
        namespace: 'project-shop',
      },
    },
    context: { namespacePhase: () => 'missing' },
    says: ['together with its namespace'],
    subject: { name: 'shop-staging' },
  },
  {
    id: 'T4',
    when: 'it is gone and pruned nothing',
    reading: { failure: 'missing' },
    events: [
      {
        type: 'Warning',
        reason: 'x',
        message: 'unable to prune objects: service account not found',
        involvedObject: { kind: 'Kustomization', name: 'shop-staging' },
      },
    ],
    subject: { kind: 'Kustomization', name: 'shop-staging' },
  },
  {
    id: 'terminating-held',
    when: 'a finalizer of somebody else holds it',
    reading: kustomization({
      metadata: { deletionTimestamp: ago(400), finalizers: ['example.com/x'] },
    }),
    says: ["'example.com/x'"],
  },

  {
    id: 'missing',
    when: 'somebody deleted it',
    reading: {
      failure: 'missing',
      lastSeenAt: ago(60),
      reference: { kind: 'GitRepository', name: 'shop-repo' },
    },
    says: [ago(60), "'shop-repo'"],
  },
  {
    id: 'missing',
    when: 'it was never made',
    reading: { failure: 'missing' },
    says: ['never seen'],
  },
  {
    id: 'unreadable',
    when: 'the cluster does not answer',
    reading: {
      failure: 'unreadable',
      message: `ETIMEDOUT ${SECRET_URL}`,
      lastReadAt: ago(60),
    },
    says: [ago(60)],
  },
  {
    id: 'no-controller',
    when: 'nobody picks it up',
    reading: kustomization({ status: { conditions: [] } }),
    says: ['kustomize-controller', "'project-shop'"],
  },
  {
    id: 'no-controller',
    when: 'nobody serves its shard',
    reading: gitRepository({
      metadata: { labels: { 'sharding.fluxcd.io/key': 'shard7' } },
      status: { conditions: [] },
    }),
    says: ['source-controller', "'shard7'"],
  },
  {
    id: 'overdue',
    when: 'a new spec is left alone',
    reading: kustomization({ metadata: { generation: 2 } }),
    says: ['the new spec'],
  },
  {
    id: 'overdue',
    when: 'the work does not end',
    reading: kustomization({
      conditions: [
        is('Ready', 'Unknown', 'Progressing', 'x'),
        is('Reconciling', 'True', 'Progressing', 'x'),
      ],
    }),
    says: ['120 s'],
    subject: { field: 'spec.timeout' },
  },
  {
    id: 'overdue',
    when: 'a request is not heard',
    reading: kustomization({
      metadata: {
        annotations: { 'reconcile.fluxcd.io/requestedAt': ago(100) },
      },
    }),
    says: [ago(100)],
  },
  {
    id: 'overdue',
    when: 'a new revision is not picked up',
    reading: kustomization({ status: { lastAppliedRevision: 'main@sha1:0' } }),
    source: gitRepository(),
    says: ['the new revision'],
  },
  {
    id: 'suspended-request',
    when: 'a request waits on a suspended object',
    reading: kustomization({
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': ago(5) } },
      spec: { suspend: true },
    }),
    says: ['Resume'],
    subject: { field: 'spec.suspend' },
  },
  {
    id: 'suspended-deletion',
    when: 'its workloads will stay',
    reading: kustomization({
      metadata: { deletionTimestamp: ago(5) },
      spec: { suspend: true },
    }),
    says: ['stays in the cluster', 'Resume'],
  },
  {
    id: 'frozen',
    when: 'it runs but its source fails',
    reading: kustomization(),
    source: gitRepository({
      conditions: [
        is('Ready', 'False', 'GitOperationFailed', 'authentication required'),
      ],
    }),
    says: ['later commits will not arrive', 'Rotate'],
    subject: { kind: 'GitRepository', name: 'shop-repo' },
  },
  {
    id: 'unlisted',
    when: 'no row knows the words',
    reading: failing('BuildFailed', 'words of a later release'),
    says: ["'BuildFailed'"],
    subject: { kind: 'Kustomization', name: 'shop-staging' },
  },
  {
    id: 'unlisted',
    when: 'no row knows the state',
    reading: kustomization({
      conditions: [is('Ready', 'Unknown', 'Odd', 'odd words')],
    }),
    says: ["'Odd'"],
  },
];

const ask = ({ reading, source, events, context }: Omit<Case, 'id' | 'when'>) =>
  diagnose(reading, source, events ?? [], NOW, context);

describe('diagnose', () => {
  it.each(cases)('$id: $when', given => {
    const found = ask(given);
    expect(found).toMatchObject({
      id: given.id,
      subject: given.subject ?? {},
    });
    const text = `${found?.cause} ${found?.nextStep}`;
    for (const word of given.says ?? []) {
      expect(text).toContain(word);
    }
    expect(found?.final ?? false).toBe(given.final ?? false);
    // One sentence with an end, nothing left open, nothing secret.
    expect(found?.cause).toMatch(/^\S.*\.$/);
    expect(found?.nextStep).toMatch(/^\S.*\.$/);
    expect(JSON.stringify(found)).not.toMatch(/undefined|null|\[object|s3cr3t/);
  });

  it('says everything it can say in one of these cases, apart from dependencies', () => {
    const said = new Set(cases.map(given => ask(given)?.wording?.id));
    expect(
      Object.keys(diagnosisMessages).filter(
        id => !said.has(id) && !id.startsWith('K25-'),
      ),
    ).toEqual([]);
  });

  it('can be said in another language, with its times and the parts of its sentences', () => {
    const shout: WordingLanguage = {
      fill: (key, values) => {
        const [id, part] = key.split('.');
        return id in backendMessages &&
          id in diagnosisMessages === Boolean(part)
          ? `${key}(${Object.values(values).join('|')})`
          : undefined;
      },
      time: time => `at ${time.slice(0, 4)}`,
    };
    const say = (given: Omit<Case, 'id' | 'when'>) => {
      const { wording } = ask(given)!;
      return [
        sayWording(wording!, shout, 'cause'),
        sayWording(wording!, shout, 'nextStep'),
      ];
    };
    expect(
      say({ reading: { failure: 'missing', lastSeenAt: ago(60) } }),
    ).toEqual([
      `missing-gone.cause(named(object|unknown)|at ${ago(60).slice(0, 4)})`,
      `missing-gone.nextStep(named(object|unknown)|at ${ago(60).slice(0, 4)})`,
    ]);
    const refused = gitFailure('authentication required');
    const [cause] = say({ reading: refused });
    expect(cause).toBe('G4.cause(git.example.com|named(Secret|shop-git-auth))');
    // A source that fails is told in the words of the source.
    expect(say({ reading: kustomization(), source: refused })).toEqual([
      `frozen.cause(${cause})`,
      'frozen.nextStep(G4.nextStep(git.example.com|named(Secret|shop-git-auth)))',
    ]);
    expect(sayWording({ id: 'of a later release' }, shout)).toBeUndefined();
  });

  it('begins a sentence with a capital where a part of it comes first', () => {
    expect(
      ask({
        reading: failing('ReconciliationFailed', 'namespace not specified'),
      })?.cause,
    ).toMatch(/^A manifest under/);
    expect(ask({ reading: gitFailure('authorization failed') })?.cause).toMatch(
      /^git\.example\.com knows/,
    );
  });

  it('keeps the words of the controller as they are, less credentials', () => {
    const words = (reading: Reading, source?: Reading) =>
      ask({ reading, source })?.message;
    expect(words(failing('BuildFailed', 'new words\non two lines'))).toBe(
      'new words\non two lines',
    );
    expect(words(gitFailure(`authentication required: ${SECRET_URL}`))).toBe(
      'authentication required: https://***@git.example.com/acme/shop.git',
    );
    expect(
      words(
        failing('ArtifactFailed', 'Source artifact not found, retrying in 30s'),
        gitFailure('repository not found'),
      ),
    ).toBe('repository not found');
  });

  it.each<[string, Omit<Case, 'id' | 'when'>]>([
    [
      'a healthy Kustomization',
      { reading: kustomization(), source: gitRepository() },
    ],
    ['an unchecked one', { reading: kustomization({ conditions: [READY] }) }],
    ['a healthy source', { reading: gitRepository() }],
    [
      'a source over plain HTTP without credentials',
      {
        reading: gitRepository({
          spec: { url: 'http://git.example.com/x', secretRef: undefined },
        }),
      },
    ],
    [
      'a source on the same machine',
      { reading: gitRepository({ spec: { url: 'http://127.0.0.1:3000/x' } }) },
    ],
    ['a healthy release', { reading: helmRelease() }],
    [
      'a suspended object',
      { reading: kustomization({ spec: { suspend: true } }) },
    ],
    [
      'a deletion under way',
      { reading: kustomization({ metadata: { deletionTimestamp: ago(60) } }) },
    ],
    [
      'a new object',
      {
        reading: kustomization({
          metadata: { creationTimestamp: ago(5) },
          status: { conditions: [] },
        }),
      },
    ],
    [
      'an artifact that arrived just now',
      {
        reading: failing(
          'ArtifactFailed',
          'Source artifact not found, retrying in 30s',
        ),
        source: gitRepository({
          status: {
            artifact: { revision: 'main@sha1:1', lastUpdateTime: ago(1) },
          },
        }),
      },
    ],
  ])('says nothing of %s', (_, given) => {
    expect(ask(given)).toBeUndefined();
  });

  describe('finds the root', () => {
    const database = (parts: Parameters<typeof kustomization>[0]) =>
      kustomization({
        ...parts,
        metadata: { name: 'database', ...parts?.metadata },
      });
    const waiting = (name: string, on: string) =>
      failing(
        'DependencyNotReady',
        `dependency 'project-shop/${on}' is not ready`,
        {
          metadata: { name },
          spec: { dependsOn: [{ name: on }] },
        },
      );
    const among = (objects: Record<string, Reading>): StatusContext => ({
      dependency: ({ name }: FluxReference) => objects[name],
    });

    it('of a chain of dependencies in the first that fails', () => {
      expect(
        ask({
          reading: waiting('web', 'api'),
          context: among({
            api: waiting('api', 'database'),
            database: database({
              conditions: [
                is(
                  'Ready',
                  'False',
                  'ArtifactFailed',
                  'kustomization path not found',
                ),
              ],
            }),
          }),
        }),
      ).toMatchObject({
        id: 'K4',
        subject: { name: 'database', field: 'spec.path' },
      });
    });

    it('of a dependency in its source', () => {
      const base = database({
        spec: { sourceRef: { kind: 'GitRepository', name: 'other' } },
        conditions: [
          is(
            'Ready',
            'False',
            'ArtifactFailed',
            'Source artifact not found, retrying in 30s',
          ),
        ],
      });
      const other = failingRepository(
        'GitOperationFailed',
        'repository not found',
      );
      other.metadata.name = 'other';
      expect(
        ask({
          reading: waiting('web', 'database'),
          source: gitRepository(),
          context: { ...among({ database: base }), source: () => other },
        }),
      ).toMatchObject({
        id: 'G6',
        subject: { kind: 'GitRepository', name: 'other' },
      });
    });

    it.each<[string, Reading, string[]]>([
      ['missing', { failure: 'missing' }, ['does not exist', 'Create']],
      [
        'suspended',
        database({ spec: { suspend: true }, conditions: [] }),
        ['is suspended', 'Resume'],
      ],
      [
        'being deleted',
        database({ metadata: { deletionTimestamp: ago(5) } }),
        ['being deleted'],
      ],
      [
        'at work',
        database({
          conditions: [
            is('Ready', 'Unknown', 'Progressing', 'x', {
              lastTransitionTime: ago(1),
            }),
          ],
        }),
        ['still at work', 'Wait'],
      ],
      ['ready by now', database({}), ['ready by now']],
    ])('of waiting in a dependency that is %s', (_, reading, says) => {
      const found = ask({
        reading: waiting('web', 'database'),
        context: among({ database: reading }),
      });
      expect(found?.id).toBe('K25');
      for (const word of says) {
        expect(`${found?.cause} ${found?.nextStep}`).toContain(word);
      }
    });

    it('of endless waiting in a circle, also in one further down', () => {
      const circle = { a: waiting('a', 'b'), b: waiting('b', 'a') };
      expect(ask({ reading: circle.a, context: among(circle) })).toMatchObject({
        id: 'K25',
        cause: expect.stringContaining('a → b → a'),
        subject: { field: 'spec.dependsOn' },
      });
      expect(
        ask({ reading: waiting('web', 'a'), context: among(circle) })?.cause,
      ).toContain('a → b → a');
    });

    it('of an include in the included repository, and ends in a circle of them', () => {
      const including = failingRepository(
        'NoArtifact',
        "no artifact available for include 'shared'",
        'IncludeUnavailable',
      );
      const shared = (object: FluxObject) => ({
        ...object,
        metadata: { ...object.metadata, name: 'shared' },
      });
      expect(
        ask({
          reading: including,
          context: {
            source: () =>
              shared(
                failingRepository('GitOperationFailed', 'repository not found'),
              ),
          },
        }),
      ).toMatchObject({ id: 'G6', subject: { name: 'shared' } });
      expect(
        ask({
          reading: including,
          context: {
            source: ({ name }) =>
              name === 'shared'
                ? shared(
                    failingRepository(
                      'NoArtifact',
                      "no artifact available for include 'shop-repo'",
                      'IncludeUnavailable',
                    ),
                  )
                : including,
          },
        }),
      ).toMatchObject({ id: 'G19' });
    });

    it('in an overdue source, once it is overdue', () => {
      const waitingForSource = failing(
        'ArtifactFailed',
        'Source artifact not found, retrying in 30s',
      );
      const source = gitRepository({
        conditions: [
          is('Ready', 'Unknown', 'Progressing', 'building artifact', {
            lastTransitionTime: ago(120),
          }),
        ],
        status: { artifact: undefined },
      });
      expect(diagnose(waitingForSource, source, [], NOW)?.id).toBe('K2');
      expect(diagnose(waitingForSource, source, [], after(1))).toMatchObject({
        id: 'overdue',
        subject: { kind: 'GitRepository' },
      });
    });
  });

  it('takes no event of another object, or from before the deletion', () => {
    const reading = kustomization({ metadata: { deletionTimestamp: ago(10) } });
    const refusal: FluxEvent = {
      type: 'Warning',
      reason: 'x',
      message: 'pruning for deleted resource failed',
      lastTimestamp: ago(5),
    };
    const other = { ...refusal, involvedObject: { name: 'other' } };
    expect(ask({ reading, events: [other] })).toBeUndefined();
    expect(
      ask({ reading, events: [{ ...refusal, lastTimestamp: ago(60) }] }),
    ).toBeUndefined();
    expect(
      ask({ reading, events: [{ ...refusal, type: 'Normal' }] }),
    ).toBeUndefined();
    expect(ask({ reading, events: [refusal] })?.id).toBe('T2');
  });

  it('quotes what it takes out of messages before it goes into a command', () => {
    const found = ask({
      reading: failingRepository(
        'AuthenticationFailed',
        "failed to get secret 'a;rm -rf ~': not found",
      ),
    });
    expect(found?.command).toBe(
      "kubectl get secret 'a;rm -rf ~' --namespace project-shop",
    );
  });

  it('gives commands that name the object', () => {
    expect(ask({ reading: failing('BuildFailed', 'new words') })?.command).toBe(
      'kubectl describe kustomization shop-staging --namespace project-shop',
    );
    expect(
      ask({ reading: failing('ReconciliationFailed', forbidden()) })?.command,
    ).toBe(
      'kubectl auth can-i patch deployments.apps --as system:serviceaccount:project-shop:staging-deployer --namespace project-shop-staging',
    );
  });
});

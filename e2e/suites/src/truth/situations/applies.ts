import type { Situation } from '../Situation';
import type { Files, Spec, Stage } from '../Stage';
import { configMap, deployment, goodFiles } from '../manifests';
import { afterRun, kustomizationSubject } from './common';

type Subject = { kind: string; name: string; namespace?: string };

/** A Kustomization that the API server refuses something. */
function refused(options: {
  name: string;
  title: string;
  id: string;
  force(stage: Stage): ReturnType<Situation['force']>;
  subject(stage: Stage): Subject & { field?: string };
  message: RegExp;
  cause: RegExp;
  nextStep: RegExp;
  never?: Situation['never'];
}): Situation {
  const { name, title, id, force, subject, message, cause, nextStep, never } =
    options;
  return {
    name,
    title,
    force,
    never,
    expected: stage => ({
      status: 'failed',
      rule: '12',
      attributes: { retrying: true },
      message,
      diagnosis: { id, subject: subject(stage), cause, nextStep },
    }),
  };
}

async function deployed(stage: Stage, files: Files, spec?: Spec) {
  await stage.deploy(files, spec);
  return afterRun(stage);
}

function encryptedSecret(field: 'data' | 'stringData'): string {
  return `apiVersion: v1
kind: Secret
metadata: { name: encrypted }
${field}: { a: "ENC[AES256_GCM,data:xx,iv:xx,tag:xx,type:str]" }
sops:
  lastmodified: "2026-01-01T00:00:00Z"
  mac: "ENC[AES256_GCM,data:xx,iv:xx,tag:xx,type:str]"
  version: 3.9.0
`;
}

const here =
  (kind: string, name: string) =>
  ({ namespace }: Stage): Subject => ({ kind, name, namespace });

const own =
  (field: string) =>
  (stage: Stage): Subject & { field?: string } =>
    kustomizationSubject(stage, field);

/** What goes wrong between the apply and the API server. */
export const applySituations: Situation[] = [
  refused({
    name: 'k13-sops-data',
    title: 'a Secret encrypted with SOPS and no decryption',
    id: 'K13',
    force: stage => deployed(stage, goodFiles(encryptedSecret('data'))),
    subject: own('spec.decryption'),
    message: /SOPS encrypted, configuring decryption is required/,
    cause: /encrypted with SOPS and no decryption is set/,
    nextStep: /Set `spec.decryption`/,
  }),
  {
    name: 'k13-sops-string-data',
    title:
      'a SOPS Secret with stringData and no decryption, which Flux applies as it stands',
    force: stage => deployed(stage, goodFiles(encryptedSecret('stringData'))),
    expected: () => ({
      status: 'ready',
      rule: '18',
      attributes: { healthUnchecked: 'unset' },
      message: /^Applied revision/,
    }),
  },
  refused({
    name: 'k14-no-rights',
    title: 'a deploy account without rights',
    id: 'K14',
    async force(stage) {
      await stage.serviceAccount('deployer');
      return deployed(stage, goodFiles(), { serviceAccountName: 'deployer' });
    },
    subject: own('spec.serviceAccountName'),
    message: /Forbidden.*cannot (get|list|create|patch|delete)/s,
    cause:
      /User 'system:serviceaccount:truth-k14-no-rights:deployer' may not \w+ configmaps in namespace/,
    nextStep: /Bind a Role in namespace .* to service account 'deployer'/,
  }),
  refused({
    name: 'k14-account-missing',
    title: 'a deploy account that does not exist',
    id: 'K14',
    force: stage =>
      deployed(stage, goodFiles(), { serviceAccountName: 'absent' }),
    subject: own('spec.serviceAccountName'),
    message: /Forbidden.*cannot (get|list|create|patch|delete)/s,
    cause: /or does not exist/,
    nextStep: /Bind a Role/,
  }),
  refused({
    name: 'k14-foreign-namespace',
    title: "an overlay that names a namespace of somebody else's",
    id: 'K14',
    async force(stage) {
      const other = await stage.createNamespace('truth-somebody-elses');
      await stage.serviceAccount('deployer', stage.namespace);
      await stage.deploy(goodFiles(), {
        serviceAccountName: 'deployer',
        targetNamespace: other,
      });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization', { namespaces: [other] });
    },
    subject: own('spec.serviceAccountName'),
    message: /Forbidden.*cannot (get|list|create|patch|delete)/s,
    cause: /may not \w+ configmaps in namespace 'truth-somebody-elses'/,
    nextStep: /Bind a Role in namespace 'truth-somebody-elses'/,
  }),
  refused({
    name: 'k15-target-terminating',
    title: 'the target namespace is being deleted',
    id: 'K15',
    async force(stage) {
      const target = await stage.terminatingNamespace('truth-k15-target');
      await stage.deploy(goodFiles(), { targetNamespace: target });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization', { namespaces: [target] });
    },
    subject: () => ({ kind: 'Namespace', name: 'truth-k15-target' }),
    message: /because it is being terminated/,
    cause: /namespace 'truth-k15-target' is being deleted/,
    nextStep: /Wait until the namespace is gone/,
  }),
  refused({
    name: 'k15-target-terminating-impersonated',
    title:
      'the target namespace is being deleted, and the rights of the deploy account are gone',
    id: 'K15',
    async force(stage) {
      const target = await stage.createNamespace('truth-k15i-target');
      await stage.serviceAccount('deployer', target);
      await stage.terminatingNamespace(target);
      await stage.observer.until(
        'the role binding to be deleted with its namespace',
        () => stage.phaseOf(target) === 'Terminating',
      );
      await stage.gone('rbac.authorization.k8s.io/v1', 'RoleBinding', target);
      await stage.untilRights('deployer', target, false);
      await stage.deploy(goodFiles(), {
        serviceAccountName: 'deployer',
        targetNamespace: target,
      });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization', { namespaces: [target] });
    },
    subject: () => ({ kind: 'Namespace', name: 'truth-k15i-target' }),
    message: /Forbidden.*cannot (get|list|create|patch|delete)/s,
    cause: /namespace 'truth-k15i-target' is being deleted/,
    nextStep: /Wait until the namespace is gone/,
  }),
  refused({
    name: 'k16-target-missing',
    title: 'the target namespace does not exist',
    id: 'K16',
    async force(stage) {
      await stage.deploy(goodFiles(), { targetNamespace: 'truth-k16-absent' });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization', {
        namespaces: ['truth-k16-absent'],
      });
    },
    subject: own('spec.targetNamespace'),
    message: /namespaces "truth-k16-absent" not found/,
    cause: /target namespace 'truth-k16-absent' does not exist/,
    nextStep: /Create namespace 'truth-k16-absent'/,
  }),
  refused({
    name: 'k16-target-missing-impersonated',
    title: 'the target namespace does not exist, behind a deploy account',
    id: 'K16',
    async force(stage) {
      await stage.serviceAccount('deployer', stage.namespace);
      await stage.deploy(goodFiles(), {
        serviceAccountName: 'deployer',
        targetNamespace: 'truth-k16i-absent',
      });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization', {
        namespaces: ['truth-k16i-absent'],
      });
    },
    subject: own('spec.targetNamespace'),
    message: /Forbidden.*cannot (get|list|create|patch|delete)/s,
    cause: /target namespace 'truth-k16i-absent' does not exist/,
    nextStep: /Create namespace 'truth-k16i-absent'/,
  }),
  refused({
    name: 'k17-no-namespace',
    title: 'an object without namespace and no target namespace',
    id: 'K17',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository');
      await stage.kustomization({ targetNamespace: undefined });
      return afterRun(stage);
    },
    subject: own('spec.targetNamespace'),
    message: /namespace not specified/,
    cause: /names no namespace/,
    nextStep: /Set `spec.targetNamespace`/,
  }),
  refused({
    name: 'k18-kind-unknown',
    title: 'an object of a kind that is not installed',
    id: 'K18',
    force: stage =>
      deployed(
        stage,
        goodFiles(
          'apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: one }\n',
        ),
      ),
    subject: here('Widget', 'one'),
    message: /no matches for kind "Widget" in version "example\.com\/v1"/,
    cause: /does not know the kind 'Widget' of example\.com\/v1/,
    nextStep: /Add the Kustomization that installs 'Widget'/,
  }),
  refused({
    name: 'k19-wrong-type',
    title: 'a text where the API wants a number',
    id: 'K19',
    force: stage =>
      deployed(
        stage,
        goodFiles(deployment().replace('replicas: 2', 'replicas: two')),
      ),
    subject: here('Deployment', 'web'),
    message: /failed to create typed patch object|BadRequest/,
    cause: /has a value or a type that the API does not accept/,
    nextStep: /Correct the field/,
  }),
  refused({
    name: 'k19-wrong-value',
    title: 'a value that the API does not allow',
    id: 'K19',
    force: stage =>
      deployed(
        stage,
        goodFiles(`apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 99999 }] }
`),
      ),
    subject: here('Service', 'web'),
    message: /dry-run failed \(Invalid\)/,
    cause: /has a value or a type that the API does not accept/,
    nextStep: /Correct the field/,
  }),
  {
    name: 'k19-misspelt-field',
    title: 'a misspelt field of a built-in kind, which is dropped',
    force: stage =>
      deployed(
        stage,
        goodFiles(deployment().replace('replicas: 2', 'replicsa: 2')),
      ),
    expected: () => ({
      status: 'ready',
      rule: '18',
      attributes: { healthUnchecked: 'unset' },
      message: /^Applied revision/,
    }),
  },
  refused({
    name: 'k20-immutable-field',
    title: 'a commit that changes a field which cannot change',
    id: 'K20',
    async force(stage) {
      const { commit } = await stage.deploy(goodFiles(deployment()));
      await stage.settled('Kustomization', { ready: true });
      await commit({ 'deploy/object.yaml': deployment({ app: 'other' }) });
      await stage.requestReconcile('GitRepository');
      await stage.settled('Kustomization', { ready: false });
      return stage.capture('Kustomization');
    },
    subject: here('Deployment', 'web'),
    message: /is immutable/,
    cause: /changes a field that cannot be changed/,
    nextStep: /kustomize\.toolkit\.fluxcd\.io\/force: enabled/,
    // It was, before that commit.
    never: [],
  }),
  refused({
    name: 'k21-policy',
    title: 'an object that an admission policy refuses',
    id: 'K21',
    async force(stage) {
      await stage.api.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'truth-no-secrets' },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [''],
                apiVersions: ['v1'],
                operations: ['CREATE', 'UPDATE'],
                resources: ['configmaps'],
              },
            ],
          },
          validations: [
            { expression: 'false', message: 'ConfigMaps are not wanted here' },
          ],
        },
      });
      await stage.api.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'truth-no-secrets' },
        spec: {
          policyName: 'truth-no-secrets',
          validationActions: ['Deny'],
          matchResources: {
            namespaceSelector: {
              matchLabels: { 'kubernetes.io/metadata.name': stage.namespace },
            },
          },
        },
      });
      await stage.refuses({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'probe' },
      });
      return deployed(stage, goodFiles());
    },
    subject: here('ConfigMap', 'settings'),
    message: /ValidatingAdmissionPolicy 'truth-no-secrets' with binding/,
    cause: /policy 'truth-no-secrets' refused ConfigMap/,
    nextStep: /as the policy's own words in the message ask/,
  }),
  refused({
    name: 'k22-pod-account-missing',
    title: 'a Pod of a service account that does not exist',
    id: 'K22',
    force: stage =>
      deployed(
        stage,
        goodFiles(`apiVersion: v1
kind: Pod
metadata: { name: job }
spec:
  serviceAccountName: absent
  containers: [{ name: job, image: registry.example.com/job }]
`),
      ),
    subject: stage => ({
      ...here('Pod', 'job')(stage),
      field: 'spec.serviceAccountName',
    }),
    message: /error looking up service account/,
    cause: /runs as service account 'absent', which does not exist/,
    nextStep: /Add the service account/,
  }),
  refused({
    name: 'k24-kubeconfig-missing',
    title: 'a remote cluster whose kubeconfig is not there',
    id: 'K24',
    force: stage =>
      deployed(stage, goodFiles(), {
        kubeConfig: { secretRef: { name: 'absent' } },
      }),
    subject: own('spec.kubeConfig'),
    message: /unable to read KubeConfig secret/,
    cause: /kubeconfig of the remote cluster cannot be read/,
    nextStep: /Create the Secret that `spec.kubeConfig` names/,
  }),
  refused({
    name: 'k26-workload-not-ready',
    title: 'a workload whose pods find no node',
    id: 'K26',
    async force(stage) {
      await stage.deploy(
        goodFiles(
          deployment({ more: '      nodeSelector: { disk: absent }\n' }),
        ),
        { wait: true, timeout: '30s' },
      );
      return afterRun(stage, 120_000);
    },
    subject: here('Deployment', 'web'),
    message: /timeout waiting for: \[Deployment\/.+\/web status: 'InProgress'/,
    cause: /Deployment '.+\/web' did not become ready in time/,
    nextStep: /Open the pods, events and logs of Deployment/,
  }),
  refused({
    name: 'k28-check-of-nothing',
    title: 'a health check of an object that does not exist',
    id: 'K28',
    async force(stage) {
      await stage.deploy(goodFiles(configMap()), {
        timeout: '30s',
        healthChecks: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'absent',
            namespace: stage.namespace,
          },
        ],
      });
      return afterRun(stage, 120_000);
    },
    subject: own('spec.healthChecks'),
    message: /status: 'NotFound'/,
    cause: /A health check names Deployment '.+\/absent'/,
    nextStep: /Correct `spec.healthChecks`/,
  }),
];

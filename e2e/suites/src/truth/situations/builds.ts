import type { Expectation, Situation } from '../Situation';
import { conditionOf, type Files, type Spec, type Stage } from '../Stage';
import { configMap, goodFiles, overlay } from '../manifests';
import { afterRun, kustomizationSubject } from './common';

/** A Kustomization that fails before anything is applied. */
function unbuildable(options: {
  name: string;
  title: string;
  files: Files;
  spec?: Spec;
  id: string;
  field: string;
  message: RegExp;
  cause: RegExp;
  nextStep: RegExp;
}): Situation {
  const { name, title, files, spec, id, field, message, cause, nextStep } =
    options;
  return {
    name,
    title,
    async force(stage) {
      await stage.deploy(files, spec);
      return afterRun(stage);
    },
    expected: stage => ({
      status: 'failed',
      rule: '12',
      attributes: { retrying: true },
      message,
      diagnosis: {
        id,
        subject: kustomizationSubject(stage, field),
        cause,
        nextStep,
      },
    }),
  };
}

/** Something that looks like a mistake and is none to Flux. */
function accepted(name: string, title: string, files: Files): Situation {
  return {
    name,
    title,
    async force(stage) {
      await stage.deploy(files);
      return afterRun(stage);
    },
    expected: (): Expectation => ({
      status: 'ready',
      rule: '18',
      attributes: { healthUnchecked: 'unset' },
      message: /^Applied revision: main@sha1:/,
    }),
  };
}

const patched = (patch: string) => `${overlay('object.yaml')}patches:
${patch}`;

async function noSource(stage: Stage) {
  await stage.kustomization();
  return afterRun(stage);
}

/** What goes wrong between the source and the apply. */
export const buildSituations: Situation[] = [
  {
    name: 'k1-source-missing',
    title: 'the Kustomization names a source that does not exist',
    force: noSource,
    expected: stage => ({
      status: 'failed',
      rule: '11',
      attributes: {
        waitingOn: {
          kind: 'GitRepository',
          name: 'app',
          namespace: stage.namespace,
          status: 'missing',
        },
      },
      message: /\.source\.toolkit\.fluxcd\.io ".+" not found/,
      diagnosis: {
        id: 'K1',
        subject: kustomizationSubject(stage, 'spec.sourceRef'),
        cause: /GitRepository 'truth-k1-source-missing\/app' does not exist/,
        nextStep: /Create GitRepository/,
      },
    }),
  },
  {
    name: 'k2-source-fails',
    title: 'the source never fetched anything, since its Secret is missing',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url, secretRef: { name: 'absent' } });
      await stage.kustomization();
      await stage.settled('Kustomization', { ready: false });
      await stage.settled('GitRepository', { ready: false });
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'failed',
      rule: '11',
      attributes: {
        retrying: true,
        waitingOn: {
          kind: 'GitRepository',
          name: 'app',
          namespace: stage.namespace,
          status: 'failed',
        },
      },
      message: /failed to get secret/,
      diagnosis: {
        id: 'G1',
        subject: {
          kind: 'GitRepository',
          name: 'app',
          namespace: stage.namespace,
          field: 'spec.secretRef',
        },
        cause: /Secret 'absent'/,
        nextStep: /Create the Secret/,
      },
    }),
  },
  {
    name: 'k2-source-suspended',
    title: 'the source was suspended before it fetched anything',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url, suspend: true });
      await stage.kustomization();
      return afterRun(stage);
    },
    expected: stage => ({
      status: 'failed',
      rule: '11',
      message: /^Source artifact not found, retrying in/,
      diagnosis: {
        id: 'K2',
        subject: {
          kind: 'GitRepository',
          name: 'app',
          namespace: stage.namespace,
          field: 'spec.suspend',
        },
        cause: /is suspended and has not fetched anything/,
        nextStep: /^Resume GitRepository/,
      },
    }),
  },
  unbuildable({
    name: 'k4-path-missing',
    title: 'the path is not in the repository',
    files: goodFiles(),
    spec: { path: './deploy/overlays/staging' },
    id: 'K4',
    field: 'spec.path',
    message: /kustomization path not found/,
    cause:
      /The path '\.\/deploy\/overlays\/staging' is not in the repository at revision main@[0-9a-f]{7}/,
    nextStep: /Commit the directory/,
  }),
  {
    name: 'k6-other-namespace',
    title: 'the source is in another namespace, which the controller forbids',
    async force(stage) {
      await stage.kustomization({
        sourceRef: {
          kind: 'GitRepository',
          name: 'app',
          namespace: 'flux-system',
        },
      });
      await stage.until('Kustomization', ({ status }) =>
        Boolean(status?.conditions?.some(({ type }) => type === 'Stalled')),
      );
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'stalled',
      rule: '5',
      message: /cross-namespace references have been blocked/,
      diagnosis: {
        id: 'K6',
        subject: kustomizationSubject(stage, 'spec.sourceRef.namespace'),
        cause: /is in another namespace/,
        nextStep: /Keep the source in namespace 'truth-k6/,
        final: true,
      },
    }),
  },
  unbuildable({
    name: 'k7-file-missing',
    title: 'a file named in kustomization.yaml was not committed',
    files: { 'deploy/kustomization.yaml': overlay('absent.yaml') },
    id: 'K7',
    field: 'spec.path',
    message: /no such file or directory/,
    cause: /The file 'deploy\/absent\.yaml'.* in 'deploy' names it/,
    nextStep: /Commit 'deploy\/absent\.yaml'/,
  }),
  unbuildable({
    name: 'k8-flux-object-as-overlay',
    title: 'a Flux Kustomization saved as kustomization.yaml',
    files: {
      'deploy/kustomization.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: app }
spec: { path: ./ }
`,
    },
    id: 'K8',
    field: 'spec.path',
    message: /apiVersion for Kustomization should be/,
    cause: /its apiVersion is wrong/,
    nextStep: /kustomize\.config\.k8s\.io\/v1beta1/,
  }),
  accepted('k8-unknown-field', 'an unknown field in kustomization.yaml', {
    ...goodFiles(),
    'deploy/kustomization.yaml': `${overlay('object.yaml')}resorces: [a.yaml]
`,
  }),
  unbuildable({
    name: 'k9-patch-without-target',
    title: 'a patch of an object that is not there',
    files: {
      ...goodFiles(),
      'deploy/kustomization.yaml': patched(`  - patch: |-
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: absent }
      data: { a: c }
`),
    },
    id: 'K9',
    field: 'spec.path',
    message:
      /failed to find unique target for patch|no resource matches strategic merge patch/,
    cause: /A patch points at an object or a path that does not exist/,
    nextStep: /Correct the target/,
  }),
  unbuildable({
    name: 'k9-patch-without-path',
    title: 'a patch of a field that is not there',
    files: {
      ...goodFiles(),
      'deploy/kustomization.yaml': patched(`  - target: { kind: ConfigMap }
    patch: |-
      - op: replace
        path: /data/absent/deep
        value: c
`),
    },
    id: 'K9',
    field: 'spec.path',
    message: /doc is missing path/,
    cause: /A patch points at an object or a path that does not exist/,
    nextStep: /Correct the target/,
  }),
  accepted(
    'k9-target-selects-nothing',
    'a patch whose target selects nothing',
    {
      ...goodFiles(),
      'deploy/kustomization.yaml':
        patched(`  - target: { kind: ConfigMap, name: absent }
    patch: |-
      - op: add
        path: /data/c
        value: d
`),
    },
  ),
  unbuildable({
    name: 'k10-object-twice',
    title: 'the same object in two files',
    files: {
      'deploy/kustomization.yaml': overlay('one.yaml', 'two.yaml'),
      'deploy/one.yaml': configMap(),
      'deploy/two.yaml': configMap(),
    },
    id: 'K10',
    field: 'spec.path',
    message: /already registered id/,
    cause: /The same object is defined twice/,
    nextStep: /Remove one of the two/,
  }),
  unbuildable({
    name: 'k11-broken-yaml',
    title: 'a file that is no YAML',
    files: goodFiles('apiVersion: v1\nkind: ConfigMap\n  metadata: [\n'),
    id: 'K11',
    field: 'spec.path',
    message: /yaml/i,
    cause: /is not valid YAML/,
    nextStep: /Correct the file/,
  }),
  unbuildable({
    name: 'k11-no-name',
    title: 'an object without metadata',
    files: goodFiles('apiVersion: v1\nkind: ConfigMap\ndata: { a: b }\n'),
    id: 'K11',
    field: 'spec.path',
    message: /missing (Resource )?metadata|metadata\.name/,
    cause: /is not valid YAML of a Kubernetes object/,
    nextStep: /Correct the file/,
  }),
  unbuildable({
    name: 'k12-variables-missing',
    title: 'variables from a ConfigMap that is not there',
    files: goodFiles(),
    spec: {
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'absent' }] },
    },
    id: 'K12',
    field: 'spec.postBuild.substituteFrom',
    message: /substitute from 'ConfigMap\/absent'/,
    cause: /ConfigMap 'absent' that variables are taken from/,
    nextStep: /Create ConfigMap 'absent', or mark it optional/,
  }),
  unbuildable({
    name: 'k12-bad-variable',
    title: 'a substitution that cannot be read',
    files: goodFiles(configMap('settings', '"a": "${b:"')),
    spec: { postBuild: { substitute: { c: 'd' } } },
    id: 'K12',
    field: 'spec.postBuild',
    message: /variable substitution failed|envsubst error/,
    cause: /A variable in the manifests cannot be substituted/,
    nextStep: /Correct the variable/,
  }),
  {
    name: 'k31-bad-expression',
    title: 'a health check expression that is no CEL',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.kustomization({
        wait: true,
        healthCheckExprs: [
          { apiVersion: 'v1', kind: 'ConfigMap', current: 'status.phase ===' },
        ],
      });
      await stage.until('Kustomization', object =>
        Boolean(
          conditionOf(object, 'Stalled') &&
            object.status?.observedGeneration === object.metadata.generation,
        ),
      );
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'stalled',
      rule: '5',
      message: /failed terminally due to configuration error/,
      diagnosis: {
        id: 'K31',
        subject: kustomizationSubject(stage, 'spec.healthCheckExprs'),
        cause: /CEL expression in the spec is not valid/,
        nextStep: /Correct the expression/,
        final: true,
      },
    }),
  },
];

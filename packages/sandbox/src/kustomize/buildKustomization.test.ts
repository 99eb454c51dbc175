import { buildKustomization, Overrides } from './buildKustomization';
import { contentHash } from './generators';
import { FileTree } from './FileTree';
import { Resource } from './Resource';

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { tier: front }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: runner
      containers:
        - name: web
          image: registry.example.com:5000/shop/web:1.0
          env:
            - name: LEVEL
              value: info
          envFrom:
            - configMapRef: { name: settings }
          ports:
            - containerPort: 8080
        - name: proxy
          image: proxy@sha256:abc
      volumes:
        - name: keys
          secret: { secretName: keys }
`;
const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports:
    - { name: http, port: 80 }
`;

type Files = Record<string, string>;

const BASE: Files = {
  'base/kustomization.yaml':
    'resources:\n  - deployment.yaml\n  - service.yaml\n',
  'base/deployment.yaml': DEPLOYMENT,
  'base/service.yaml': SERVICE,
};

function treeOf(files: Files): FileTree {
  return new FileTree(
    '/tmp/kustomization-1',
    new Map(
      Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]),
    ),
  );
}

/** Built objects are of any kind; the test knows which. */
type Built = any;

function build(files: Files, path = 'overlay', overrides?: Overrides): Built[] {
  return buildKustomization(treeOf(files), path, overrides);
}

function overlay(text: string, more: Files = {}): Files {
  return { ...BASE, 'overlay/kustomization.yaml': text, ...more };
}

function find(objects: Built[], kind: string) {
  const found = objects.filter(object => object.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}

describe('buildKustomization', () => {
  it('gathers bases, files and lists in order', () => {
    const objects = build(
      overlay('resources:\n  - ../base\n  - more.yaml\n', {
        'overlay/more.yaml': `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }
---
---
apiVersion: v1
kind: ConfigMap
metadata: { name: b }
data: { mode: "0644", enabled: "yes" }
`,
      }),
    );
    expect(objects.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['Deployment', 'web'],
      ['Service', 'web'],
      ['ConfigMap', 'b'],
      ['ConfigMap', 'a'],
    ]);
  });

  it('reads YAML as Kubernetes does', () => {
    const [object] = build({
      'overlay/kustomization.yaml': 'resources: [a.yaml]',
      'overlay/a.yaml': `
apiVersion: v1
kind: Thing
metadata: { name: a }
spec:
  mode: 0644
  on: yes
  text: "0644"
  port: 80:80
  base: &base { a: 1 }
  merged: { <<: *base, b: 2 }
`,
    });
    expect(object.spec).toEqual({
      mode: 420,
      on: 'yes',
      text: '0644',
      port: '80:80',
      base: { a: 1 },
      merged: { a: 1, b: 2 },
    });
  });

  it('sets namespace, prefix and suffix, and makes references follow', () => {
    const objects = build(
      overlay(
        `
resources: [../base, more.yaml]
namespace: team
namePrefix: dev-
nameSuffix: -v2
`,
        {
          'overlay/more.yaml': `
apiVersion: v1
kind: ServiceAccount
metadata: { name: runner }
---
apiVersion: v1
kind: Secret
metadata: { name: keys }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules:
  - { apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [keys] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects:
  - { kind: ServiceAccount, name: runner }
  - { kind: ServiceAccount, name: default }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  tls: [{ secretName: keys }]
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: web, port: { number: 80 } } }
---
apiVersion: v1
kind: Namespace
metadata: { name: anything }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: wide }
`,
        },
      ),
    );
    const deployment = find(objects, 'Deployment');
    expect(deployment.metadata).toMatchObject({
      name: 'dev-web-v2',
      namespace: 'team',
    });
    const pod = deployment.spec.template.spec;
    expect(pod.serviceAccountName).toBe('dev-runner-v2');
    expect(pod.volumes[0].secret.secretName).toBe('dev-keys-v2');
    expect(pod.containers[0].envFrom[0].configMapRef.name).toBe('settings');
    const binding = find(objects, 'RoleBinding');
    expect(binding.roleRef.name).toBe('dev-reader-v2');
    expect(binding.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'dev-runner-v2', namespace: 'team' },
      { kind: 'ServiceAccount', name: 'default', namespace: 'team' },
    ]);
    expect(find(objects, 'Role').rules[0].resourceNames).toEqual([
      'dev-keys-v2',
    ]);
    const ingress = find(objects, 'Ingress');
    expect(ingress.spec.tls[0].secretName).toBe('dev-keys-v2');
    expect(ingress.spec.rules[0].http.paths[0].backend.service.name).toBe(
      'dev-web-v2',
    );
    expect(find(objects, 'Namespace').metadata.name).toBe('team');
    expect(find(objects, 'ClusterRole').metadata).toEqual({
      name: 'dev-wide-v2',
    });
  });

  it('merges strategically, by file, inline and by target', () => {
    const objects = build(
      overlay(
        `
resources: [../base]
patches:
  - path: patch.yaml
  - target: { kind: Deploy.*, labelSelector: "tier in (front, back)" }
    patch: |
      - { op: add, path: /metadata/annotations, value: { note: "1" } }
      - { op: replace, path: /spec/replicas, value: 3 }
  - target: { name: nothing }
    patch: '[{"op": "remove", "path": "/spec/nowhere"}]'
patchesStrategicMerge:
  - |-
    apiVersion: v1
    kind: Service
    metadata: { name: web }
    spec:
      ports:
        - { port: 443, name: https }
`,
        {
          'overlay/patch.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: web
          env:
            - { name: LEVEL, value: debug }
            - { name: EXTRA, value: x }
          resources: { limits: { cpu: 1 } }
        - name: proxy
          $patch: delete
      volumes: null
`,
        },
      ),
    );
    const deployment = find(objects, 'Deployment');
    expect(deployment.metadata.annotations).toEqual({ note: '1' });
    expect(deployment.spec.replicas).toBe(3);
    expect(deployment.spec.template.spec).toEqual({
      serviceAccountName: 'runner',
      containers: [
        {
          name: 'web',
          image: 'registry.example.com:5000/shop/web:1.0',
          env: [
            { name: 'LEVEL', value: 'debug' },
            { name: 'EXTRA', value: 'x' },
          ],
          envFrom: [{ configMapRef: { name: 'settings' } }],
          ports: [{ containerPort: 8080 }],
          resources: { limits: { cpu: 1 } },
        },
      ],
    });
    expect(find(objects, 'Service').spec.ports).toEqual([
      { port: 443, name: 'https' },
      { port: 80, name: 'http' },
    ]);
  });

  it('removes a resource, and replaces the lists of custom kinds', () => {
    const objects = build(
      overlay(
        `
resources: [../base, custom.yaml]
patches:
  - patch: |
      $patch: delete
      apiVersion: v1
      kind: Service
      metadata: { name: web }
  - patch: |
      apiVersion: example.com/v1
      kind: Thing
      metadata: { name: thing }
      spec: { env: [{ name: b }] }
`,
        {
          'overlay/custom.yaml':
            'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: thing }\nspec: { env: [{ name: a }], keep: 1 }\n',
        },
      ),
    );
    expect(objects.map(({ kind }) => kind)).toEqual(['Deployment', 'Thing']);
    expect(objects[1].spec).toEqual({ env: [{ name: 'b' }], keep: 1 });
  });

  it('sets images, replicas, labels and annotations', () => {
    const objects = build(
      overlay(`
resources: [../base]
images:
  - { name: "registry.example.com:5000/shop/web", newName: other/web, newTag: "2.0" }
  - { name: proxy, newTag: "7" }
replicas: [{ name: web, count: 4 }]
labels:
  - pairs: { plain: "1" }
  - pairs: { template: "1" }
    includeTemplates: true
commonLabels: { common: "1" }
commonAnnotations: { note: hello }
`),
    );
    const { metadata, spec } = find(objects, 'Deployment');
    expect(spec.replicas).toBe(4);
    expect(spec.template.spec.containers.map((c: Built) => c.image)).toEqual([
      'other/web:2.0',
      'proxy:7',
    ]);
    expect(metadata.labels).toEqual({
      tier: 'front',
      plain: '1',
      template: '1',
      common: '1',
    });
    expect(spec.template.metadata).toEqual({
      labels: { app: 'web', template: '1', common: '1' },
      annotations: { note: 'hello' },
    });
    expect(spec.selector.matchLabels).toEqual({ app: 'web', common: '1' });
    expect(find(objects, 'Service').spec.selector).toEqual({
      app: 'web',
      common: '1',
    });
  });

  it('generates ConfigMaps and Secrets, with hashes that references follow', () => {
    const objects = build(
      overlay(
        `
resources: [../base]
configMapGenerator:
  - name: settings
    literals: ["fruit=Indian Gooseberry", year=2020, "crisis=true"]
  - name: plain
    files: [renamed=file.txt]
    envs: [app.env]
    options: { disableNameSuffixHash: true, labels: { own: "1" } }
secretGenerator:
  - name: keys
    literals: [password=s3cret]
generatorOptions: { annotations: { generated: "true" } }
`,
        {
          'overlay/file.txt': 'text\n',
          'overlay/app.env': '# c\nA=1\n\nB=x=y',
        },
      ),
    );
    const [settings, plain] = objects.filter(
      ({ kind }) => kind === 'ConfigMap',
    );
    expect(settings.data.year).toBe('2020');
    expect(plain).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'plain',
        labels: { own: '1' },
        annotations: { generated: 'true' },
      },
      data: { renamed: 'text\n', A: '1', B: 'x=y' },
    });
    const secret = find(objects, 'Secret');
    expect(secret).toMatchObject({
      type: 'Opaque',
      data: { password: 'czNjcmV0' },
    });
    expect(secret.metadata.name).toMatch(/^keys-[a-z0-9]{10}$/);
    const pod = find(objects, 'Deployment').spec.template.spec;
    expect(pod.containers[0].envFrom[0].configMapRef.name).toBe(
      settings.metadata.name,
    );
    expect(pod.volumes[0].secret.secretName).toBe(secret.metadata.name);
  });

  it('merges into what a base generates, and hashes as kustomize does', () => {
    const generator = `
configMapGenerator:
  - name: bob
    literals: ["fruit=Indian Gooseberry", year=2020, crisis=true]
`;
    expect(
      build({ 'overlay/kustomization.yaml': generator })[0].metadata.name,
    ).toBe('bob-79t79mt227');
    const [merged] = build({
      'base/kustomization.yaml': generator,
      'overlay/kustomization.yaml': `
resources: [../base]
configMapGenerator:
  - name: bob
    behavior: merge
    literals: [month=12]
`,
    });
    expect(merged.metadata.name).toBe('bob-bk46gm59c6');
    expect(merged.data).toMatchObject({ month: '12', year: '2020' });
  });

  it.each([
    [{ kind: 'ConfigMap' }, '6ct58987ht'],
    [{ kind: 'ConfigMap', data: { one: '' } }, '9g67k2htb6'],
    [
      { kind: 'ConfigMap', data: { one: '' }, binaryData: { two: '' } },
      '698h7c7t9m',
    ],
    [{ kind: 'Secret', type: 'my-type' }, '5gmgkf8578'],
    [{ kind: 'Secret', type: 'my-type', data: { one: '' } }, '74bd68bm66'],
  ])('hashes %j to %s', (object, hash) => {
    expect(
      contentHash(new Resource({ apiVersion: 'v1', metadata: {}, ...object })),
    ).toBe(hash);
  });

  it('applies components to what their parent has gathered', () => {
    const objects = build(
      overlay('resources: [../base]\ncomponents: [../extra]\n', {
        'extra/kustomization.yaml': `
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [config.yaml]
replicas: [{ name: web, count: 9 }]
`,
        'extra/config.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\n',
      }),
    );
    expect(find(objects, 'Deployment').spec.replicas).toBe(9);
    expect(find(objects, 'ConfigMap').metadata.name).toBe('extra');
  });

  it('takes what the Flux object adds', () => {
    const objects = build(
      overlay('resources: [../base]\nnamespace: mine\n'),
      'overlay',
      {
        targetNamespace: 'theirs',
        images: [{ name: 'proxy', newTag: '9' }],
        patches: [
          {
            patch: '[{"op":"replace","path":"/spec/replicas","value":7}]',
            target: { kind: 'Deployment' },
          },
        ],
      },
    );
    const { metadata, spec } = find(objects, 'Deployment');
    expect(metadata.namespace).toBe('theirs');
    expect(spec.replicas).toBe(7);
    expect(spec.template.spec.containers[1].image).toBe('proxy:9');
  });

  it('makes a kustomization of all YAML files where there is none', () => {
    const objects = build(
      {
        'plain/a.yaml': SERVICE,
        'plain/nested/b.yml': DEPLOYMENT,
        'plain/README.md': '# no manifest',
        'plain/kustomized/kustomization.yaml':
          'resources: [c.yaml]\nnamePrefix: p-\n',
        'plain/kustomized/c.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n',
      },
      'plain',
      { targetNamespace: 'team' },
    );
    expect(
      objects.map(({ kind, metadata }) => [
        kind,
        metadata.name,
        metadata.namespace,
      ]),
    ).toEqual([
      ['Service', 'web', 'team'],
      ['ConfigMap', 'p-c', 'team'],
      ['Deployment', 'web', 'team'],
    ]);
    expect(build({ 'docs/README.md': '' }, 'docs')).toEqual([]);
  });

  it('leaves out objects for local use', () => {
    expect(
      build({
        'overlay/kustomization.yaml': 'resources: [a.yaml]',
        'overlay/a.yaml':
          'apiVersion: v1\nkind: Setters\nmetadata:\n  name: a\n  annotations: { config.kubernetes.io/local-config: "true" }\n',
      }),
    ).toEqual([]);
  });

  it.each<[string, Files, RegExp]>([
    [
      'an absent file',
      overlay('resources: [../base, gone.yaml]'),
      /^kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'gone.yaml': open \/tmp\/kustomization-1\/overlay\/gone.yaml: no such file or directory': must build at directory: not a valid directory: .*no such file or directory$/,
    ],
    [
      'an absent directory without kustomization',
      { ...overlay('resources: [../empty]'), 'empty/readme.txt': '' },
      /accumulation err='.*read .*: is a directory': couldn't make target for path '.*empty': unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory/,
    ],
    [
      'a wrong apiVersion',
      overlay(
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n',
      ),
      /apiVersion for Kustomization should be kustomize.config.k8s.io\/v1beta1/,
    ],
    [
      'an unknown field in a base',
      {
        ...overlay('resources: [../base]'),
        'base/kustomization.yaml': 'resorces: []',
      },
      /invalid Kustomization: json: unknown field "resorces"/,
    ],
    [
      'a field it does not support',
      overlay('resources: [../base]\nreplacements: []'),
      /the sandbox does not support the field 'replacements' of \/tmp\/kustomization-1\/overlay\/kustomization.yaml/,
    ],
    [
      'a remote resource',
      overlay('resources: ["https://example.com/a.yaml"]'),
      /does not fetch remote resources: 'https:\/\/example.com\/a.yaml'/,
    ],
    [
      'a patch for nothing',
      overlay(
        'resources: [../base]\npatches:\n  - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: other}}"\n',
      ),
      /no resource matches strategic merge patch "Deployment.v1.apps\/other.\[noNs\]".*failed to find unique target for patch/,
    ],
    [
      'a JSON patch to a missing path',
      overlay(
        'resources: [../base]\npatches:\n  - target: { kind: Service }\n    patch: \'[{"op":"add","path":"/spec/a/b","value":1}]\'\n',
      ),
      /add operation does not apply: doc is missing path: "\/spec\/a\/b": missing value/,
    ],
    [
      'the same object twice',
      overlay('resources: [../base, ../base/service.yaml]'),
      /may not add resource with an already registered id: Service.v1.\[noGrp\]\/web.\[noNs\]/,
    ],
    [
      'broken YAML',
      overlay('resources: [bad.yaml]', { 'overlay/bad.yaml': 'a: b: c\n' }),
      /^kustomize build failed: accumulating resources: accumulating resources from 'bad.yaml': MalformedYAMLError: yaml: line 1: /,
    ],
    [
      'something that is no object',
      overlay('resources: [bad.yaml]', { 'overlay/bad.yaml': 'a: 1\n' }),
      /missing Resource metadata/,
    ],
    [
      'replicas for nothing',
      overlay('resources: [../base]\nreplicas: [{ name: other, count: 1 }]'),
      /resource with name other does not match a config with the following GVK/,
    ],
    [
      'a cycle',
      {
        ...overlay('resources: [../base]'),
        'base/kustomization.yaml': 'resources: [../overlay]',
      },
      /cycle detected/,
    ],
    [
      'a path outside of the repository',
      overlay('resources: [../../../etc/passwd]'),
      /no such file or directory/,
    ],
  ])('fails on %s', (_what, files, message) => {
    expect(() => build(files)).toThrow(message);
  });

  it('drops unknown fields of the topmost file, as Flux does', () => {
    expect(build(overlay('resources: [../base]\nunknown: 1'))).toHaveLength(2);
  });

  it('names the file of an undecodable manifest where it makes the kustomization', () => {
    expect(() => build({ 'plain/bad.yaml': 'a: b: c' }, 'plain')).toThrow(
      /^failed to decode Kubernetes YAML from \/tmp\/kustomization-1\/plain\/bad.yaml: /,
    );
  });
});

import { readFileSync } from 'node:fs';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { stringifyEntityRef, type Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import scaffolderPlugin from '@backstage/plugin-scaffolder-backend';
import type { CreateProjectRequest } from '@backstage-gitops/plugin-gitops-common';
import { buildKustomization, FileTree } from '@backstage-gitops/sandbox';
import { parse } from 'yaml';
import {
  environmentIn,
  FIRST_COMMIT,
  GitopsBackendDouble,
} from './__testUtils__/GitopsBackendDouble';
import scaffolderModuleGitops from '.';

const TEMPLATE_FILE = resolvePackagePath(
  '@backstage-gitops/plugin-scaffolder-backend-module-gitops',
  '../../templates/gitops-service/template.yaml',
);

const ACTIONS = [
  'gitops:catalog:register',
  'gitops:credentials:create',
  'gitops:environments:create',
  'gitops:flux:create',
  'gitops:project:initialize',
  'gitops:repository:create',
  'gitops:status:wait',
];

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Action {
  id: string;
  examples: { example: string }[];
  schema: Record<'input' | 'output', Schema>;
}

interface Completion {
  message: string;
  output?: {
    links: Record<string, string>[];
    text: Record<string, string>[];
  };
}

/** As much of Deployments and Ingresses as is looked at. */
interface Manifest {
  kind: string;
  metadata: unknown;
  spec: {
    replicas: number;
    selector: { matchLabels: object };
    template: {
      metadata: { labels: object };
      spec: { containers: { resources: object }[] };
    };
    rules: { host: string }[];
  };
}

let double: GitopsBackendDouble;
let baseUrl: string;
let stop: () => Promise<void>;
const catalog = catalogServiceMock.mock();
/** What the catalog knows of the template's component. */
let component: Entity | undefined;

beforeAll(async () => {
  double = await GitopsBackendDouble.start();

  const template: Entity = parse(readFileSync(TEMPLATE_FILE, 'utf8'));
  template.metadata.annotations = {
    'backstage.io/managed-by-location': `file:${TEMPLATE_FILE}`,
  };
  catalog.getEntityByRef.mockImplementation(async ref => {
    const name = typeof ref === 'string' ? ref : stringifyEntityRef(ref);
    if (name.startsWith('template:')) {
      return template;
    }
    return name === 'component:default/cart' ? component : undefined;
  });
  const described: Entity = {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: { name: 'cart' },
  };
  catalog.addLocation.mockImplementation(async ({ dryRun }) => {
    component = dryRun ? component : described;
    return {
      location: {
        id: 'location',
        type: 'url',
        target: 'somewhere',
        entityRef: 'location:default/somewhere',
      },
      entities: [described],
    };
  });

  const backend = await startTestBackend({
    features: [
      scaffolderPlugin,
      scaffolderModuleGitops,
      catalog.factory,
      mockServices.discovery.mock({ getBaseUrl: async () => double.baseUrl })
        .factory,
      mockServices.rootConfig.factory({
        data: { integrations: { gitea: [{ host: 'gitea.example.com' }] } },
      }),
    ],
  });
  baseUrl = `http://127.0.0.1:${backend.server.port()}/api/scaffolder`;
  stop = () => backend.stop();
});

afterAll(async () => {
  await stop();
  await double.stop();
});

beforeEach(() => {
  double.reset();
  component = undefined;
  catalog.addLocation.mockClear();
});

async function call(path: string, body?: unknown): Promise<Response> {
  return fetch(`${baseUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: mockCredentials.user.header('user:default/jane'),
      'Content-Type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function listActions(): Promise<Action[]> {
  const actions: Action[] = await (await call('/v2/actions')).json();
  return actions.filter(({ id }) => id.startsWith('gitops:'));
}

function undescribed(schema: Schema, path: string): string[] {
  const properties = Object.entries(schema.properties ?? {});
  return [
    ...properties.flatMap(([name, property]) => [
      ...(property.description ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ]),
    ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
  ];
}

/** Runs the template as the form does, to its completion. */
async function runTemplate(values: Record<string, unknown>) {
  const created = await call('/v2/tasks', {
    templateRef: 'template:default/gitops-service',
    values,
  });
  if (created.status !== 201) {
    return { refusal: await created.text() };
  }
  const { id } = await created.json();
  const stream = await call(`/v2/tasks/${id}/eventstream`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream.body!) {
    text += decoder.decode(chunk, { stream: true });
    const [, data] = /event: completion\ndata: (.*)\n/.exec(text) ?? [];
    if (data) {
      const completion: Completion = JSON.parse(data).body;
      return { completion, log: text };
    }
  }
  throw new Error(`The task never ended: ${text}`);
}

function pushedFiles(): Map<string, Buffer> {
  const { body } = double.requests.find(({ path }) => path === '/projects')!;
  return new Map(
    (body as CreateProjectRequest).files.map(({ path, content }) => [
      path,
      Buffer.from(content, 'base64'),
    ]),
  );
}

describe('the actions', () => {
  it('are installed, each of their fields described', async () => {
    const actions = await listActions();
    expect(actions.map(({ id }) => id).sort()).toEqual(ACTIONS);
    for (const { id, schema } of actions) {
      expect([
        ...undescribed(schema.input, `${id} input`),
        ...undescribed(schema.output, `${id} output`),
      ]).toEqual([]);
    }
  });

  it.each(ACTIONS)('%s has examples that run', async id => {
    const actions = await listActions();
    const examplesOf = (action: string) =>
      actions.find(candidate => candidate.id === action)!.examples;
    const [repositoryStep] = parse(
      examplesOf('gitops:repository:create')[0].example,
    ).steps;

    expect(examplesOf(id).length).toBeGreaterThan(0);
    for (const { example } of examplesOf(id)) {
      const [step] = parse(example).steps;
      const response = await call('/v2/dry-run', {
        template: {
          apiVersion: 'scaffolder.backstage.io/v1beta3',
          kind: 'Template',
          metadata: { name: 'example' },
          spec: {
            type: 'service',
            steps: [
              { action: 'fetch:plain', input: { url: './files' } },
              ...(step.id === repositoryStep.id ? [] : [repositoryStep]),
              step,
            ],
          },
        },
        values: {},
        secrets: { FLUX_TOKEN: 'flux', USER_OAUTH_TOKEN: 'user' },
        directoryContents: ['', 'rendered/'].flatMap(directory =>
          ['development', 'staging', 'production'].map(environment => ({
            path: `files/${directory}deploy/overlays/${environment}/kustomization.yaml`,
            base64Content: Buffer.from('{}').toString('base64'),
          })),
        ),
      });
      const { log } = await response.json();
      expect(response.status).toBe(200);
      expect(JSON.stringify(log)).toContain('Would ');
      expect(JSON.stringify(log)).not.toContain('"failed"');
    }
    expect(double.requests).toEqual([]);
  });
});

describe('the GitOps service template', () => {
  const values = {
    name: 'cart',
    owner: 'group:default/shop',
    description: 'Remembers: "what" people \'buy\' # {{ or not }}',
    repoUrl: 'gitea.example.com?owner=shop&repo=cart',
    visibility: 'private',
    environments: ['development', 'staging', 'production'],
  };

  it('takes a service from the form to ready environments', async () => {
    double.readings = [
      {
        environments: values.environments.map(name =>
          environmentIn(name, { status: 'ready', commit: FIRST_COMMIT }),
        ),
      },
    ];

    const { completion, log } = await runTemplate(values);

    expect(completion).toMatchObject({
      message: 'Run completed with status: completed',
      output: {
        links: [
          { title: 'Component', entityRef: 'component:default/cart' },
          {
            title: 'Environments',
            url: '/catalog/default/component/cart/gitops',
          },
          {
            title: 'Repository',
            url: 'https://gitea.example.com/shop/cart',
          },
        ],
        text: [
          {
            content: expect.stringContaining(
              '**cart** runs in development, staging, production at commit `1a2b3c4d`.',
            ),
          },
        ],
      },
    });
    expect(log).toContain('Done with setup_gitops');
    expect(log).toContain('Environment production: ready at 1a2b3c4d');
    expect(double.effects).toHaveLength(7);
    expect(catalog.addLocation).toHaveBeenLastCalledWith(
      {
        type: 'url',
        target:
          'https://gitea.example.com/shop/cart/src/branch/main/catalog-info.yaml',
      },
      expect.anything(),
    );
    expect(double.requests[0].body).toMatchObject({
      slug: 'cart',
      ownerRef: 'group:default/shop',
      templateRef: 'template:default/gitops-service',
      description: values.description,
      environments: values.environments.map(name => ({ name })),
    });

    expect(parse(String(pushedFiles().get('catalog-info.yaml')))).toMatchObject(
      {
        kind: 'Component',
        metadata: {
          name: 'cart',
          description: values.description,
          annotations: {
            'backstage-gitops.dev/project': 'cart',
            'backstage.io/kubernetes-id': 'cart',
          },
        },
        spec: { owner: 'group:default/shop' },
      },
    );
    expect([...pushedFiles().values()].join()).not.toContain('values.');
  });

  it('leaves a component alone that is in the catalog already', async () => {
    double.readings = [
      {
        environments: values.environments.map(name =>
          environmentIn(name, { status: 'ready', commit: FIRST_COMMIT }),
        ),
      },
    ];
    component = {
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'cart' },
    };
    const { completion } = await runTemplate(values);
    expect(completion?.message).toBe('Run completed with status: completed');
    expect(catalog.addLocation).not.toHaveBeenCalled();
  });

  it('fails as the set-up does, and asks for less than all environments', async () => {
    double.failing = {
      step: 'create_repository',
      name: 'ConflictError',
      message: 'shop/cart is there already and not ours',
    };
    const { completion } = await runTemplate({
      name: 'cart',
      owner: 'user:default/jane',
      repoUrl: values.repoUrl,
      environments: ['production'],
    });
    expect(completion).toMatchObject({
      message: 'Run completed with status: failed',
      error: { message: 'shop/cart is there already and not ours' },
    });
    expect(double.requests.map(({ path }) => path)).toEqual([
      '/projects',
      '/projects/cart/initialize',
    ]);
    expect(double.requests[0].body).toMatchObject({
      environments: [{ name: 'production' }],
      description: 'A web service under GitOps',
      repository: { visibility: 'private' },
    });
  });

  it('renders the overlay of an environment that the skeleton does not bring', async () => {
    double.failing = { step: 'finish', name: 'Error', message: 'far enough' };
    await runTemplate({ ...values, environments: [{ name: 'qa' }] });
    const objects = buildKustomization(
      new FileTree('/repository', pushedFiles()),
      'deploy/overlays/qa',
      { targetNamespace: 'project-cart-qa' },
    ) as unknown as Manifest[];
    const specOf = (kind: string) =>
      objects.find(object => object.kind === kind)!.spec;
    expect(specOf('Deployment').template.spec.containers).toMatchObject([
      { env: expect.arrayContaining([{ name: 'ENVIRONMENT', value: 'qa' }]) },
    ]);
    expect(specOf('Ingress').rules).toMatchObject([
      { host: 'cart.qa.example.com' },
    ]);
  });

  it.each([
    ['a name that Kubernetes would refuse', { name: 'Cart' }, 'name'],
    ['a name that gets too long', { name: 'c'.repeat(44) }, 'name'],
    ['no environment', { environments: [] }, 'environments'],
  ])('refuses %s in the form', async (_, wrong, property) => {
    const { refusal } = await runTemplate({ ...values, ...wrong });
    expect(refusal).toContain(`"${property}"`);
    expect(double.requests).toEqual([]);
  });

  it('deploys what its overlays say, into one namespace each', async () => {
    double.failing = { step: 'finish', name: 'Error', message: 'far enough' };
    await runTemplate(values);
    const tree = new FileTree('/repository', pushedFiles());

    const seen = values.environments.map(environment => {
      const objects = buildKustomization(
        tree,
        `deploy/overlays/${environment}`,
        {
          targetNamespace: `project-cart-${environment}`,
        },
      ) as unknown as Manifest[];
      expect(objects.map(({ kind }) => kind).sort()).toEqual([
        'Deployment',
        'Ingress',
        'Service',
      ]);
      for (const { metadata } of objects) {
        expect(metadata).toMatchObject({
          name: 'cart',
          namespace: `project-cart-${environment}`,
          labels: { 'backstage.io/kubernetes-id': 'cart' },
        });
      }
      const deployment = objects.find(({ kind }) => kind === 'Deployment')!;
      const ingress = objects.find(({ kind }) => kind === 'Ingress')!;
      const [container] = deployment.spec.template.spec.containers;
      expect(container).toMatchObject({
        image: expect.stringMatching(/:\d/),
        env: expect.arrayContaining([
          { name: 'PORT', value: '8080' },
          { name: 'ENVIRONMENT', value: environment },
        ]),
      });
      expect(deployment.spec.template.metadata.labels).toMatchObject(
        deployment.spec.selector.matchLabels,
      );
      return {
        replicas: deployment.spec.replicas,
        resources: container.resources,
        host: ingress.spec.rules[0].host,
      };
    });

    expect(seen).toEqual([
      {
        replicas: 1,
        resources: {
          requests: { cpu: '10m', memory: '32Mi' },
          limits: { memory: '64Mi' },
        },
        host: 'cart.development.example.com',
      },
      {
        replicas: 2,
        resources: {
          requests: { cpu: '50m', memory: '64Mi' },
          limits: { memory: '128Mi' },
        },
        host: 'cart.staging.example.com',
      },
      {
        replicas: 3,
        resources: {
          requests: { cpu: '100m', memory: '128Mi' },
          limits: { memory: '256Mi' },
        },
        host: 'cart.example.com',
      },
    ]);
  });
});

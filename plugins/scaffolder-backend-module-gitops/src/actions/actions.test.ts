import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type AuthService,
  type BackstageCredentials,
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import {
  createMockDirectory,
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { ResponseError } from '@backstage/errors';
import {
  ScmIntegrations,
  type ScmIntegrationRegistry,
} from '@backstage/integration';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import type { TemplateAction } from '@backstage/plugin-scaffolder-node';
import { createMockActionContext } from '@backstage/plugin-scaffolder-node-test-utils';
import type { JsonObject, JsonValue } from '@backstage/types';
import {
  type ContentFile,
  MAX_CONTENT_BYTES,
  MAX_CONTENT_FILES,
} from '@backstage-gitops/plugin-gitops-common';
import {
  type GitopsService,
  gitopsServiceRef,
} from '@backstage-gitops/plugin-gitops-node';
import {
  environmentIn,
  FIRST_COMMIT,
  GitopsBackendDouble,
} from '../__testUtils__/GitopsBackendDouble';
import {
  createCatalogRegisterAction,
  createCredentialsAction,
  createEnvironmentsAction,
  createFluxAction,
  createProjectInitializeAction,
  createRepositoryAction,
  createStatusWaitAction,
} from '.';

const user = mockCredentials.user('user:default/jane');
const projectInput = {
  slug: 'cart',
  owner: 'group:default/shop',
  repoUrl: 'gitea.example.com?owner=shop&repo=cart',
};

let double: GitopsBackendDouble;
let options: {
  gitops: GitopsService;
  auth: AuthService;
  integrations: ScmIntegrationRegistry;
};
const workspace = createMockDirectory();

beforeAll(async () => {
  double = await GitopsBackendDouble.start();
  const config = mockServices.rootConfig({
    data: {
      integrations: {
        gitea: [{ host: 'gitea.example.com' }],
        azure: [{ host: 'dev.azure.com' }],
      },
    },
  });
  await startTestBackend({
    features: [
      mockServices.discovery.mock({
        getBaseUrl: async () => double.baseUrl,
      }).factory,
      createBackendPlugin({
        pluginId: 'scaffolder',
        register(reg) {
          reg.registerInit({
            deps: { gitops: gitopsServiceRef, auth: coreServices.auth },
            async init({ gitops, auth }) {
              options = {
                gitops,
                auth,
                integrations: ScmIntegrations.fromConfig(config),
              };
            },
          });
        },
      }),
    ],
  });
});

afterAll(() => double.stop());

beforeEach(async () => {
  double.reset();
  workspace.setContent({
    'README.md': '# cart',
    deploy: {
      base: { 'kustomization.yaml': 'resources: []' },
      overlays: {
        development: { 'kustomization.yaml': 'resources: [../../base]' },
        staging: { 'kustomization.yaml': 'resources: [../../base]' },
        production: { 'kustomization.yaml': 'resources: [../../base]' },
      },
    },
    '.git': { config: 'not for the commit' },
  });
});

async function run<I extends JsonObject, O extends JsonObject>(
  action: TemplateAction<I, O>,
  input: I,
  more: {
    credentials?: BackstageCredentials;
    isDryRun?: boolean;
    signal?: AbortSignal;
    /** What a task keeps when it is resumed. */
    checkpoints?: Map<string, JsonValue | void>;
  } = {},
) {
  const log: string[] = [];
  const outputs: Record<string, unknown> = {};
  const logger = mockServices.logger.mock({
    info: message => log.push(`info ${message}`),
    warn: message => log.push(`warn ${message}`),
    error: message => log.push(`error ${message}`),
  });
  const context = {
    ...createMockActionContext<I, O>({
      input,
      workspacePath: workspace.path,
      task: { id: 'task-1' },
      templateInfo: { entityRef: 'template:default/gitops-service' },
    }),
    logger,
    getInitiatorCredentials: async () => more.credentials ?? user,
    async checkpoint<T extends JsonValue | void>({
      key,
      fn,
    }: {
      key: string;
      fn: () => Promise<T> | T;
    }): Promise<T> {
      const checkpoints = more.checkpoints ?? new Map();
      if (!checkpoints.has(key)) {
        checkpoints.set(key, await fn());
      }
      return checkpoints.get(key);
    },
    isDryRun: more.isDryRun,
    signal: more.signal,
    output: (name: keyof O, value: unknown) => {
      outputs[String(name)] = value;
    },
  };
  const error: unknown = await action.handler(context).then(
    () => undefined,
    reason => reason,
  );
  return { outputs, log, error };
}

/** For inputs that the types would refuse, as templates can send them. */
function unchecked(action: object): TemplateAction {
  return action as TemplateAction;
}

/** Writes into the workspace what a mock directory cannot describe. */
async function write(path: string, content: string, mode?: number) {
  const target = join(workspace.path, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
  if (mode !== undefined) {
    await chmod(target, mode);
  }
}

function sentFiles(): ContentFile[] {
  const body = double.requests.find(({ path }) => path === '/projects')?.body;
  return (body as { files: ContentFile[] }).files;
}

describe('the parts, one after the other', () => {
  it('make a project as the template does, and the same again', async () => {
    const parts = async () => {
      const repository = await run(createRepositoryAction(options), {
        ...projectInput,
        description: 'Remembers',
        environments: ['development', { name: 'production', cluster: 'local' }],
        credential: { kind: 'token', token: 'flux-token' },
        token: 'host-token',
      });
      const input = { slug: 'cart', token: 'host-token' };
      const credentials = await run(createCredentialsAction(options), input);
      const environments = await run(createEnvironmentsAction(options), input);
      const flux = await run(createFluxAction(options), input);
      return { repository, credentials, environments, flux };
    };

    const first = await parts();

    expect(first.repository).toEqual({
      error: undefined,
      outputs: {
        slug: 'cart',
        entityRef: 'component:default/cart',
        repositoryUrl: 'https://gitea.example.com/shop/cart',
        remoteUrl: 'https://gitea.example.com/shop/cart.git',
        repoContentsUrl: 'https://gitea.example.com/shop/cart/src/branch/main/',
        commitHash: FIRST_COMMIT,
      },
      log: [
        'info Done with resolve_credentials',
        'info Step 1 of 7, Resolve credentials: completed (1 %)',
        'info Done with create_repository',
        'info Step 2 of 7, Create repository: completed (2 %)',
        'info Done with push_template',
        'info Step 3 of 7, Push template: completed (3 %)',
      ],
    });
    expect(first.credentials.outputs).toEqual({ slug: 'cart' });
    expect(first.environments.outputs).toEqual({
      slug: 'cart',
      environments: ['development', 'production'].map(name => ({
        id: `id-of-${name}`,
        name,
        cluster: 'local',
        namespace: `project-cart-${name}`,
      })),
    });
    expect(first.flux.outputs).toMatchObject({
      slug: 'cart',
      counts: { namespaces: 3, gitRepositories: 1, kustomizations: 2 },
      gitRepositories: [{ id: 'id-of-repo' }],
      kustomizations: [
        { id: 'id-of-cart-development', environmentId: 'id-of-development' },
        { id: 'id-of-cart-production', environmentId: 'id-of-production' },
      ],
    });
    expect(first.flux.log).toContain('info Done with setup_gitops');
    expect(double.requests).toEqual([
      {
        method: 'POST',
        path: '/projects',
        body: {
          slug: 'cart',
          description: 'Remembers',
          ownerRef: 'group:default/shop',
          entityRef: 'component:default/cart',
          templateRef: 'template:default/gitops-service',
          taskId: 'task-1',
          repository: {
            host: 'gitea.example.com',
            owner: 'shop',
            name: 'cart',
            visibility: 'private',
            defaultBranch: 'main',
          },
          environments: [
            { name: 'development' },
            { name: 'production', cluster: 'local' },
          ],
          files: expect.any(Array),
          credential: { kind: 'token', token: 'flux-token' },
          hostToken: 'host-token',
        },
      },
      ...[
        'push_template',
        'create_records',
        'create_environments',
        'finish',
      ].map(through => ({
        method: 'POST',
        path: '/projects/cart/initialize',
        body: { through, hostToken: 'host-token' },
      })),
    ]);

    const effects = [...double.effects];
    const second = await parts();
    expect(double.effects).toEqual(effects);
    expect(second.repository.outputs).toEqual(first.repository.outputs);
    expect(second.environments.outputs).toEqual(first.environments.outputs);
    expect(second.flux.outputs).toEqual(first.flux.outputs);
  });
});

describe('gitops:project:initialize', () => {
  it('has Flux read with the connection that the form chose, unless a credential is given', async () => {
    const connectionId = '8d7f0b5e-1c52-4a30-9d6c-3c1de9b5a001';
    const repoUrl = `${projectInput.repoUrl}&connection=${connectionId}`;
    const action = createProjectInitializeAction(options);
    await run(action, { ...projectInput, repoUrl });
    await run(action, {
      ...projectInput,
      slug: 'till',
      repoUrl,
      credential: { kind: 'ssh' },
      environments: [{ name: 'live', approvalRequired: true, minApprovals: 2 }],
    });
    const bodies = double.requests
      .filter(({ path }) => path === '/projects')
      .map(({ body }) => body);
    expect(bodies).toMatchObject([
      {
        repository: { owner: 'shop', name: 'cart' },
        credential: { kind: 'connection', connectionId },
      },
      {
        credential: { kind: 'ssh' },
        environments: [
          { name: 'live', approvalRequired: true, minApprovals: 2 },
        ],
      },
    ]);
  });

  it('makes everything in one step', async () => {
    const { outputs, error } = await run(
      createProjectInitializeAction(options),
      { ...projectInput, owner: 'shop', entityRef: 'api:team/cart' },
    );
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({
      slug: 'cart',
      entityRef: 'api:team/cart',
      commitHash: FIRST_COMMIT,
      environments: [
        { name: 'development' },
        { name: 'staging' },
        { name: 'production' },
      ],
      counts: { namespaces: 4, gitRepositories: 1, kustomizations: 3 },
    });
    expect(double.requests[0].body).toMatchObject({
      ownerRef: 'group:default/shop',
    });
    expect(double.requests).toHaveLength(2);
    expect(double.effects).toHaveLength(7);
  });

  it('fails with the words of the run, and goes on when run again', async () => {
    double.failing = {
      step: 'setup_gitops',
      name: 'ConflictError',
      message: 'namespace project-cart is not ours, staging was refused',
    };
    const action = createProjectInitializeAction(options);
    const { error, log } = await run(action, projectInput);
    expect(error).toMatchObject({
      name: 'ConflictError',
      message: 'namespace project-cart is not ours, staging was refused',
    });
    expect(log.at(-1)).toBe('info Step 6 of 7, Set up GitOps: failed (50 %)');

    double.failing = undefined;
    expect(await run(action, projectInput)).toMatchObject({
      error: undefined,
      outputs: { commitHash: FIRST_COMMIT },
    });
    expect(new Set(double.effects).size).toBe(double.effects.length);
  });

  it('goes on without its workspace when the task is resumed', async () => {
    const checkpoints = new Map();
    double.failing = { step: 'push_template', name: 'Error', message: 'late' };
    for (const create of [
      createRepositoryAction,
      createProjectInitializeAction,
    ]) {
      await run(unchecked(create(options)), projectInput, { checkpoints });
    }
    expect([...checkpoints]).toEqual([
      ['gitops.project.cart', 'component:default/cart'],
    ]);

    double.failing = undefined;
    workspace.setContent({});
    expect(
      await run(createRepositoryAction(options), projectInput, { checkpoints }),
    ).toMatchObject({
      error: undefined,
      outputs: { slug: 'cart', entityRef: 'component:default/cart' },
    });
  });

  it.each([
    [400, 'InputError', "there is no cluster 'mars'"],
    [403, 'NotAllowedError', 'no permission to create projects'],
    [409, 'ConflictError', 'the slug is taken'],
  ])(
    'hands on a refusal (%s) and starts nothing',
    async (status, name, message) => {
      double.failures.set('POST /projects', [{ status, name, message }]);
      const { error } = await run(
        createProjectInitializeAction(options),
        projectInput,
      );
      expect(error).toMatchObject({ name, message });
      expect(double.requests).toHaveLength(1);
    },
  );

  it('follows the run again when the connection breaks in the middle of a line', async () => {
    double.cuts = [100];
    const { error, log, outputs } = await run(
      createProjectInitializeAction(options),
      projectInput,
    );
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ commitHash: FIRST_COMMIT });
    expect(log).toContain(
      "warn The set-up of project 'cart' was cut in the middle of a message; following it again",
    );
    expect(double.effects).toHaveLength(7);
  });

  it('does not take the error of a run for a broken connection', async () => {
    double.failing = {
      step: 'create_repository',
      name: 'ServiceUnavailableError',
      message: 'gitea.example.com does not answer',
    };
    const { error } = await run(
      createProjectInitializeAction(options),
      projectInput,
    );
    expect(error).toMatchObject({
      message: 'gitea.example.com does not answer',
    });
    expect(double.requests).toHaveLength(2);
  });

  it('stops when the task is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('the task was cancelled'));
    const { error } = await run(
      createProjectInitializeAction(options),
      projectInput,
      { signal: controller.signal },
    );
    expect(error).toMatchObject({ message: 'the task was cancelled' });
    expect(double.effects).toEqual([]);
  });
});

describe('before anything is made', () => {
  const actions = () =>
    [
      createRepositoryAction(options),
      createProjectInitializeAction(options),
    ].map(unchecked);

  it('asks for a user, in every action', async () => {
    const all = [
      ...actions(),
      unchecked(createCredentialsAction(options)),
      unchecked(createEnvironmentsAction(options)),
      unchecked(createFluxAction(options)),
      unchecked(createStatusWaitAction(options)),
    ];
    for (const action of all) {
      const { error } = await run(action, projectInput, {
        credentials: mockCredentials.service('external:ci'),
      });
      expect(error).toMatchObject({
        name: 'InputError',
        message: expect.stringContaining('No user stands behind this task'),
      });
    }
    expect(double.requests).toEqual([]);
  });

  it.each<[string, Partial<typeof projectInput> & JsonObject, RegExp]>([
    ['a wrong slug', { slug: 'Cart_1' }, /project name 'Cart_1' must consist/],
    [
      'a slug that is too long',
      { slug: 'c'.repeat(44) },
      /64 characters, Kubernetes allows 63/,
    ],
    [
      'a wrong environment',
      { environments: ['Prod!'] },
      /environment name 'Prod!'/,
    ],
    ['no environment', { environments: [] }, /at least one environment/],
    ['a wrong owner', { owner: ':' }, /^owner is not an entity reference/],
    [
      'a host that is no integration',
      { repoUrl: 'git.elsewhere.com?owner=a&repo=b' },
      /No matching integration configuration for host git\.elsewhere\.com/,
    ],
    [
      'a host of another type',
      { repoUrl: 'dev.azure.com?organization=o&project=p&repo=b' },
      /GitOps cannot create repositories at dev\.azure\.com/,
    ],
    [
      'a repository without owner',
      { repoUrl: 'gitea.example.com?repo=cart' },
      /needs an owner at gitea\.example\.com/,
    ],
    [
      'a credential that is none',
      { credential: { kind: 'connection', connectionId: 'secret-word' } },
      /^Invalid input, credential\.connectionId: Invalid uuid$/,
    ],
    [
      'a path out of the workspace',
      { sourcePath: '../..' },
      /outside|not allowed/i,
    ],
    [
      'a path that is not there',
      { sourcePath: 'rendered' },
      /check sourcePath/,
    ],
  ])('refuses %s', async (_, input, message) => {
    for (const action of actions()) {
      const { error } = await run(action, {
        ...projectInput,
        ...input,
      });
      expect(error).toMatchObject({
        name: expect.stringMatching(/^(InputError|NotAllowedError)$/),
        message: expect.stringMatching(message),
      });
    }
    expect(double.requests).toEqual([]);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'a link out of the workspace',
      () => symlink('/etc/hostname', join(workspace.path, 'leak')),
      /'leak' points out of the template/,
    ],
    [
      'a link to what Git keeps for itself',
      () => symlink('.git/config', join(workspace.path, 'leak')),
      /'leak' points out of the template/,
    ],
    [
      'a link to nothing',
      () => symlink('nowhere', join(workspace.path, 'broken')),
      /'broken' points to nothing/,
    ],
    [
      'a link to a directory',
      () => symlink('deploy', join(workspace.path, 'again')),
      /'again' does not point to a file/,
    ],
    [
      'too many bytes',
      () => write('big', 'x'.repeat(MAX_CONTENT_BYTES)),
      /more than 5 MiB.*'(big|deploy\/.*)'/,
    ],
    [
      'too many files',
      async () => {
        await Promise.all(
          Array.from({ length: MAX_CONTENT_FILES }, (_, i) =>
            write(`many/${i}`, ''),
          ),
        );
      },
      /more than 1000 files/,
    ],
    [
      'nothing at all',
      async () => workspace.setContent({ '.git': { config: '' } }),
      /no files for the first commit/,
    ],
  ])('refuses %s', async (_, prepare, message) => {
    await prepare();
    const { error } = await run(createRepositoryAction(options), projectInput);
    expect(error).toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(message),
    });
    expect(double.requests).toEqual([]);
  });
});

describe('the files', () => {
  it('are handed over in order, byte by byte, with what is executable', async () => {
    await write('source/bin/start', '#!/bin/sh\n', 0o755);
    await write('source/ünï.txt', 'ÿ');
    await write('source/.gitignore', 'node_modules');
    await write('source/.git/HEAD', 'ref: refs/heads/main');
    await write('source/deploy/overlays/development/kustomization.yaml', '{}');
    await symlink('.gitignore', join(workspace.path, 'source/.dockerignore'));

    const { error } = await run(createRepositoryAction(options), {
      ...projectInput,
      sourcePath: 'source',
      environments: ['development'],
    });

    expect(error).toBeUndefined();
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    expect(sentFiles()).toEqual([
      { path: '.dockerignore', content: base64('node_modules') },
      { path: '.gitignore', content: base64('node_modules') },
      { path: 'bin/start', content: base64('#!/bin/sh\n'), executable: true },
      {
        path: 'deploy/overlays/development/kustomization.yaml',
        content: base64('{}'),
      },
      { path: 'ünï.txt', content: base64('ÿ') },
    ]);
  });
});

describe('dry runs', () => {
  it('say what would be made and make nothing', async () => {
    const dry = { isDryRun: true };
    const everything = await run(
      createProjectInitializeAction(options),
      projectInput,
      dry,
    );
    expect(everything.log).toEqual([
      'info Would create the private repository https://gitea.example.com/shop/cart with 5 files on branch main, for project cart with the environments development, staging, production, and their namespaces, credentials and Flux objects',
    ]);
    expect(everything.outputs).toMatchObject({
      slug: 'cart',
      repoContentsUrl: 'https://gitea.example.com/shop/cart/src/branch/main/',
      commitHash: '0'.repeat(40),
      environments: [
        { namespace: 'project-cart-development' },
        { namespace: 'project-cart-staging' },
        { namespace: 'project-cart-production' },
      ],
    });
    for (const part of [
      createCredentialsAction(options),
      createEnvironmentsAction(options),
      createFluxAction(options),
      createStatusWaitAction(options),
    ]) {
      const { log, error } = await run(unchecked(part), { slug: 'cart' }, dry);
      expect(error).toBeUndefined();
      expect(log).toEqual([
        expect.stringMatching(/^info Would .*project cart/),
      ]);
    }
    expect(double.requests).toEqual([]);
  });
});

describe('gitops:catalog:register', () => {
  const repoContentsUrl =
    'https://gitea.example.com/shop/cart/src/branch/main/';
  const target = `${repoContentsUrl}catalog-info.yaml`;
  const entityRef = 'component:default/cart';
  const entity = (kind: string, name: string): Entity => ({
    apiVersion: 'backstage.io/v1alpha1',
    kind,
    metadata: { name },
  });
  /** What the catalog was told to read, and how often it is asked before it has. */
  let locations: string[];
  let looksUntilProcessed: number;
  /** What the file describes. */
  let described: Entity[];
  const catalog = catalogServiceMock.mock();

  /** An error as the client of the catalog throws it. */
  async function answer(status: number, name: string, message: string) {
    return ResponseError.fromResponse(
      new Response(
        JSON.stringify({
          error: { name, message },
          response: { statusCode: status },
        }),
        { status, headers: { 'content-type': 'application/json' } },
      ),
    );
  }

  const register = (
    input: JsonObject = { repoContentsUrl, entityRef },
    more: Parameters<typeof run>[2] = {},
  ) =>
    run(
      unchecked(
        createCatalogRegisterAction({
          catalog,
          integrations: options.integrations,
        }),
      ),
      input,
      more,
    );

  beforeEach(() => {
    catalog.getEntityByRef.mockReset();
    catalog.addLocation.mockReset();
    locations = [];
    looksUntilProcessed = 1;
    described = [
      entity('Location', 'generated-1'),
      entity('API', 'cart-api'),
      entity('Component', 'cart'),
    ];
    catalog.getEntityByRef.mockImplementation(async () => {
      if (locations.length === 0 || looksUntilProcessed > 0) {
        looksUntilProcessed -= locations.length;
        return undefined;
      }
      return entity('Component', 'cart');
    });
    catalog.addLocation.mockImplementation(
      async ({ type = '', target: url, dryRun }) => {
        const exists = locations.includes(url);
        if (!dryRun && exists) {
          throw await answer(409, 'ConflictError', 'Location already exists');
        }
        if (!dryRun) {
          locations.push(url);
        }
        return {
          location: { id: '1', type, target: url, entityRef: 'location:x/y' },
          entities: dryRun ? described : [],
          exists: dryRun ? exists : undefined,
        };
      },
    );
  });

  it('registers the file as the user, once, however often it is run', async () => {
    const outputs = { entityRef, catalogInfoUrl: target };
    expect(await register()).toEqual({
      error: undefined,
      outputs,
      log: [
        `info Registered ${target} in the catalog`,
        `info The catalog has ${entityRef}`,
      ],
    });
    // A task that was killed while it waited begins anew.
    looksUntilProcessed = 2;
    expect(await register()).toEqual({
      error: undefined,
      outputs,
      log: [
        `info ${target} is registered in the catalog already`,
        `info The catalog has ${entityRef}`,
      ],
    });
    expect(await register()).toEqual({
      error: undefined,
      outputs,
      log: [`info The catalog has ${entityRef} already`],
    });
    expect(locations).toEqual([target]);
    for (const [, request] of [
      ...catalog.getEntityByRef.mock.calls,
      ...catalog.addLocation.mock.calls,
    ]) {
      expect(request).toEqual({ credentials: user });
    }
  });

  it('ends when the entity can be read, not before', async () => {
    looksUntilProcessed = 3;
    expect(await register()).toMatchObject({ error: undefined });
    expect(looksUntilProcessed).toBe(0);
  });

  it('says what to do when the entity does not come, and waits no longer than told', async () => {
    looksUntilProcessed = Infinity;
    const input = { repoContentsUrl, entityRef };
    const { error, outputs } = await register({
      ...input,
      timeout: { milliseconds: 20 },
    });
    expect(error).toMatchObject({
      message: `${target} is registered, but ${entityRef} was not to be read from the catalog within 0.02 s. It stays registered and may still appear: look in the log of the catalog for why it does not, or whether who started the task may read it (catalog.entity.read), then run this step again`,
    });
    expect(outputs).toEqual({});
    expect(await register({ ...input, timeout: { seconds: 0 } })).toMatchObject(
      {
        error: undefined,
        outputs: { entityRef },
      },
    );
    expect(locations).toEqual([target]);
  });

  it('waits no longer when the task is cancelled', async () => {
    looksUntilProcessed = Infinity;
    const controller = new AbortController();
    const running = register(undefined, { signal: controller.signal });
    controller.abort();
    expect((await running).error).toMatchObject({ name: 'AbortError' });
  });

  it('finds out which entity it is, and takes another path', async () => {
    expect(
      await register({ repoContentsUrl, catalogInfoPath: 'docs/c.yaml' }),
    ).toMatchObject({
      error: undefined,
      outputs: { entityRef, catalogInfoUrl: `${repoContentsUrl}docs/c.yaml` },
    });
    described = [entity('Location', 'generated-1'), entity('API', 'cart-api')];
    expect((await register({ repoContentsUrl })).outputs).toMatchObject({
      entityRef: 'api:default/cart-api',
    });
  });

  it('is content when another one registers the file at the same time', async () => {
    const faster = catalog.addLocation.getMockImplementation()!;
    catalog.addLocation.mockImplementationOnce(async (request, more) => {
      const preview = await faster(request, more);
      locations.push(target);
      return preview;
    });
    expect(await register()).toMatchObject({
      error: undefined,
      outputs: { entityRef },
      log: [
        `info ${target} is registered in the catalog already`,
        `info The catalog has ${entityRef}`,
      ],
    });
    expect(locations).toEqual([target]);
  });

  it('fails on a conflict with something else', async () => {
    const usual = catalog.addLocation.getMockImplementation()!;
    catalog.addLocation.mockImplementation(async (request, more) => {
      if (!request.dryRun) {
        throw await answer(409, 'ConflictError', 'the catalog is read-only');
      }
      return usual(request, more);
    });
    expect((await register()).error).toMatchObject({
      name: 'ConflictError',
      message: `The catalog did not register ${target}; caused by ConflictError: the catalog is read-only`,
    });
  });

  it.each([
    [
      'a user who may not',
      [403, 'NotAllowedError', ''],
      `The catalog cannot use ${target}: who starts the task needs the permission catalog.location.create; caused by NotAllowedError`,
    ],
    [
      'a file that cannot be read',
      [400, 'InputError', 'NotFoundError: no such file'],
      `The catalog cannot use ${target}; caused by InputError: NotFoundError: no such file`,
    ],
  ] as const)(
    'says why %s is refused, and registers nothing',
    async (_, [status, name, message], expected) => {
      catalog.addLocation.mockRejectedValue(
        await answer(status, name, message),
      );
      expect((await register()).error).toMatchObject({
        name,
        message: expected,
      });
      expect(catalog.addLocation).toHaveBeenCalledTimes(1);
    },
  );

  it.each([
    [
      'a file that describes another entity',
      { repoContentsUrl, entityRef: 'component:default/till' },
      `${target} does not describe component:default/till but api:default/cart-api, component:default/cart: correct kind, namespace and name in the file`,
    ],
    [
      'a host that is no integration',
      { repoContentsUrl: 'https://git.elsewhere.com/a/b/' },
      "The portal has no integration for https://git.elsewhere.com/a/b/: check repoContentsUrl, or configure the host under 'integrations'",
    ],
    [
      'what is no entity',
      { repoContentsUrl, entityRef: ':' },
      expect.stringMatching(/^entityRef is not an entity reference/),
    ],
  ])('refuses %s', async (_, input, message) => {
    expect((await register(input)).error).toMatchObject({
      name: 'InputError',
      message,
    });
    expect(locations).toEqual([]);
  });

  it('says in a dry run what it would register', async () => {
    expect(await register(undefined, { isDryRun: true })).toEqual({
      error: undefined,
      outputs: { entityRef, catalogInfoUrl: target },
      log: [`info Would register ${target} in the catalog`],
    });
    expect(catalog.addLocation).not.toHaveBeenCalled();
  });
});

describe('gitops:status:wait', () => {
  const ready = { status: 'ready', commit: FIRST_COMMIT } as const;
  const input = { slug: 'cart', commitHash: FIRST_COMMIT };

  it('waits for every environment, at the commit', async () => {
    double.readings = [
      { environments: [] },
      {
        environments: [
          environmentIn('development', { status: 'reconciling' }),
          environmentIn('staging'),
        ],
      },
      {
        environments: [
          environmentIn('development', ready),
          environmentIn('staging', { status: 'ready', commit: 'f'.repeat(40) }),
        ],
      },
      {
        environments: [
          environmentIn('development', ready),
          environmentIn('staging', { ...ready, since: '2025-01-01T00:00:00Z' }),
        ],
      },
    ];
    const { error, log, outputs } = await run(
      createStatusWaitAction(options),
      input,
    );
    expect(error).toBeUndefined();
    expect(log).toEqual([
      'info Environment development: reconciling',
      'info Environment staging: not created yet',
      'info Environment development: ready at 1a2b3c4d',
      'info Environment staging: ready at ffffffff, waiting for 1a2b3c4d',
      'info Environment staging: ready at 1a2b3c4d',
    ]);
    expect(outputs).toEqual({
      commitHash: FIRST_COMMIT,
      environments: [
        {
          name: 'development',
          cluster: 'local',
          namespace: 'project-cart-development',
          ...ready,
        },
        {
          name: 'staging',
          cluster: 'local',
          namespace: 'project-cart-staging',
          ...ready,
          since: '2025-01-01T00:00:00Z',
        },
      ],
    });
  });

  it('forgives what mends itself within the grace, and a backend that is away', async () => {
    double.failures.set('GET /projects/cart', [
      { status: 503, name: 'ServiceUnavailableError', message: 'restarting' },
    ]);
    double.readings = [
      { environments: [environmentIn('development', { status: 'failed' })] },
      { environments: [environmentIn('development', ready)] },
    ];
    const { error } = await run(createStatusWaitAction(options), input);
    expect(error).toBeUndefined();
  });

  it('fails with cause and next step when a failure lasts', async () => {
    double.readings = [
      {
        environments: [
          environmentIn('development', ready),
          environmentIn('staging', { status: 'failed', message: 'short' }),
          environmentIn('production', { status: 'reconciling' }),
        ],
      },
    ];
    double.diagnosis = [
      {
        environment: 'staging',
        cluster: 'local',
        resource: {
          type: 'kustomization',
          name: 'cart-staging',
          namespace: 'project-cart',
        },
        status: 'failed',
        diagnosis: {
          id: 'K1',
          cause: 'The path does not exist.',
          nextStep: 'Add deploy/overlays/staging and push.',
          subject: { name: 'cart-staging', field: 'spec.path' },
        },
      },
    ];
    const started = performance.now();
    const { error } = await run(createStatusWaitAction(options), {
      ...input,
      grace: { milliseconds: 900 },
    });
    expect(error).toMatchObject({
      message:
        'Environment staging: failed. Cause: The path does not exist. Next step: Add deploy/overlays/staging and push.',
    });
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  it('names the source when it is to blame, and believes stalled at once', async () => {
    double.failures.set('GET /projects/cart/diagnosis', [
      { status: 500, name: 'Error', message: 'broken' },
    ]);
    double.readings = [
      {
        environments: [environmentIn('development', { status: 'pending' })],
        sources: [
          {
            type: 'git-repository',
            name: 'cart-repo',
            namespace: 'project-cart',
            cluster: 'local',
            status: 'stalled',
            attributes: {},
            message: 'invalid URL',
          },
        ],
      },
    ];
    const { error } = await run(createStatusWaitAction(options), input);
    expect(error).toMatchObject({
      message:
        'Environment development: pending, its source cart-repo is stalled: invalid URL',
    });
  });

  it('fails when the time is over, and says what is missing', async () => {
    double.readings = [
      {
        environments: [environmentIn('development', { status: 'unknown' })],
        clusters: [
          { name: 'local', state: 'unreachable', error: 'ECONNREFUSED' },
        ],
      },
    ];
    const { error } = await run(createStatusWaitAction(options), {
      ...input,
      timeout: { milliseconds: 100 },
    });
    expect(error).toMatchObject({
      message:
        "Project 'cart' was not Ready within 0.1 s. What exists stays and may still become Ready. Environment development: unknown, cluster local cannot be reached (ECONNREFUSED)",
    });
  });

  it('fails at once when the set-up has failed or there is no such project', async () => {
    double.readings = [
      {
        status: 'failed',
        initialization: {
          attempt: 1,
          progress: 50,
          running: false,
          error: 'no right to push',
        },
      },
    ];
    expect(
      (await run(createStatusWaitAction(options), input)).error,
    ).toMatchObject({
      message: "The set-up of project 'cart' has failed: no right to push",
    });
    double.failures.set('GET /projects/cart', [
      { status: 404, name: 'NotFoundError', message: 'no project cart' },
    ]);
    expect(
      (await run(createStatusWaitAction(options), input)).error,
    ).toMatchObject({ name: 'NotFoundError', message: 'no project cart' });
  });

  it('stops when the task is cancelled', async () => {
    const controller = new AbortController();
    double.readings = [{ environments: [environmentIn('development')] }];
    const waiting = run(createStatusWaitAction(options), input, {
      signal: controller.signal,
    });
    while (double.requests.length === 0) {
      await new Promise(setImmediate);
    }
    controller.abort();
    expect((await waiting).error).toMatchObject({ name: 'AbortError' });
  });
});

import { mockServices } from '@backstage/backend-test-utils';
import { createProjectRequestSchema } from '@backstage-gitops/plugin-gitops-common';
import type { CreateProjectRequest } from '@backstage-gitops/plugin-gitops-common';
import {
  GiteaProvider,
  GitHostRegistry,
} from '@backstage-gitops/plugin-gitops-node';
import { ClusterRegistry } from '../clusters';
import { DirectClusterConnection } from './__testUtils__/DirectClusterConnection';
import { checkRequest } from './checkRequest';

const nowhere = { url: 'http://127.0.0.1:1', token: '' };
const portal = {
  gitHosts: GitHostRegistry.of([
    new GiteaProvider({
      host: 'git.example.com',
      baseUrl: 'https://git.example.com',
    }),
  ]),
  clusters: new ClusterRegistry({
    provider: {
      list: async () => ({
        connections: ['one', 'two'].map(
          name => new DirectClusterConnection(name, nowhere),
        ),
        refused: [{ cluster: 'three', reason: "Cluster 'three' wants oidc" }],
      }),
    },
    logger: mockServices.logger.mock(),
  }),
};

const overlay = (environment: string) => ({
  path: `deploy/overlays/${environment}/kustomization.yaml`,
  content: '',
});
const good: CreateProjectRequest = {
  slug: 'shop',
  ownerRef: 'group:default/team',
  repository: { host: 'git.example.com', owner: 'team', name: 'shop' },
  files: ['development', 'staging', 'production'].map(overlay),
};
const check = (change: Partial<CreateProjectRequest>) =>
  checkRequest(
    createProjectRequestSchema.parse({ ...good, ...change }),
    portal,
  );

describe('checkRequest', () => {
  it('fills in what was not said', async () => {
    await expect(check({ ownerRef: 'team' })).resolves.toMatchObject({
      slug: 'shop',
      name: 'shop',
      ownerRef: 'group:default/team',
      entityRef: 'component:default/shop',
      repository: { visibility: 'private', defaultBranch: 'main' },
      environments: [
        { name: 'development', type: 'development', cluster: 'one' },
        { name: 'staging', type: 'staging', cluster: 'one' },
        { name: 'production', type: 'production', cluster: 'one' },
      ],
    });
    await expect(
      check({
        environments: [
          { name: 'load-test', cluster: 'two' },
          {
            name: 'eu',
            type: 'production',
            displayName: 'Europe',
            approvalRequired: true,
          },
        ],
        files: [overlay('load-test'), overlay('eu')],
      }),
    ).resolves.toMatchObject({
      environments: [
        { type: 'custom', displayName: 'Load test', cluster: 'two' },
        {
          type: 'production',
          displayName: 'Europe',
          cluster: 'one',
          approvalRequired: true,
          minApprovals: 1,
        },
      ],
    });
  });

  const repository = good.repository;
  it.each<[string, Partial<CreateProjectRequest>, RegExp]>([
    ['a bad name', { slug: '7-up' }, /'7-up' must consist/],
    ['too long a name', { slug: 'x'.repeat(50) }, /shorter by \d+/],
    [
      'an unknown host',
      { repository: { ...repository, host: 'github.com' } },
      /'github\.com'.*git\.example\.com/,
    ],
    [
      'a visibility the host lacks',
      { repository: { ...repository, visibility: 'internal' } },
      /private, public/,
    ],
    [
      'a repository that leaves its owner',
      { repository: { ...repository, name: '../admin' } },
      /repository name '\.\.\/admin'/,
    ],
    [
      'a branch that Git refuses',
      { repository: { ...repository, defaultBranch: 'a..b' } },
      /'a\.\.b' cannot be the name of a branch/,
    ],
    [
      'an unknown cluster',
      { environments: [{ name: 'staging', cluster: 'four' }] },
      /'four' is unknown.*one, two/,
    ],
    [
      'a refused cluster',
      { environments: [{ name: 'staging', cluster: 'three' }] },
      /wants oidc/,
    ],
    [
      'a path that leaves the repository',
      { files: [...good.files, { path: '../x', content: '' }] },
      /"\.\.\/x" is refused/,
    ],
    [
      'environments without overlays',
      { files: good.files.slice(0, 1) },
      /'staging' has no overlay.*'production' has no overlay/,
    ],
    ['an owner that is no entity', { ownerRef: 'a b:c/d/e' }, /ownerRef/],
  ])('refuses %s', async (_, change, message) => {
    await expect(check(change)).rejects.toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.stringMatching(message),
      }),
    );
  });
});

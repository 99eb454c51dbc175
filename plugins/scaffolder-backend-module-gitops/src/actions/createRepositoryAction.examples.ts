import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description:
      'Create a project with its repository from the rendered files, with the default environments',
    id: 'repository',
    name: 'Create repository',
    action: 'gitops:repository:create',
    input: {
      slug: 'cart',
      description: 'Remembers what people are about to buy',
      owner: 'group:default/shop',
      repoUrl: 'gitea.example.com?owner=shop&repo=cart',
    },
  }),
  exampleOf({
    description:
      'Choose environments and clusters, and let Flux read the repository with a token of its own',
    id: 'repository',
    name: 'Create repository',
    action: 'gitops:repository:create',
    input: {
      slug: 'cart',
      owner: 'group:default/shop',
      repoUrl: 'gitea.example.com?owner=shop&repo=cart',
      visibility: 'internal',
      sourcePath: 'rendered',
      environments: [
        'development',
        { name: 'production', cluster: 'europe-west' },
      ],
      credential: { kind: 'token', token: '${{ secrets.FLUX_TOKEN }}' },
      token: '${{ secrets.USER_OAUTH_TOKEN }}',
    },
  }),
];

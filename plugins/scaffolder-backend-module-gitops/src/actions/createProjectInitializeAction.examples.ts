import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description: 'Set a project up in one step',
    id: 'project',
    name: 'Set up GitOps',
    action: 'gitops:project:initialize',
    input: {
      slug: 'cart',
      owner: 'group:default/shop',
      repoUrl: 'gitea.example.com?owner=shop&repo=cart',
      environments: ['development', 'production'],
    },
  }),
];

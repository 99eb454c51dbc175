import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description:
      'Register the component of a project, unless the catalog has it already',
    id: 'register',
    name: 'Register in the catalog',
    action: 'gitops:catalog:register',
    input: {
      repoContentsUrl: '${{ steps.repository.output.repoContentsUrl }}',
      entityRef: '${{ steps.repository.output.entityRef }}',
    },
  }),
  exampleOf({
    description: 'Register a file that lies in a directory of its own',
    id: 'register',
    name: 'Register in the catalog',
    action: 'gitops:catalog:register',
    input: {
      repoContentsUrl: '${{ steps.repository.output.repoContentsUrl }}',
      catalogInfoPath: 'catalog/component.yaml',
    },
  }),
];

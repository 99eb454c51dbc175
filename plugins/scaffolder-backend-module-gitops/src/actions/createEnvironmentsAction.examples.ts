import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description: 'Create the environments of a project',
    id: 'environments',
    name: 'Create environments',
    action: 'gitops:environments:create',
    input: { slug: '${{ steps.repository.output.slug }}' },
  }),
];

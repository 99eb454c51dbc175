import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description: 'Store the records and the credential of a project',
    id: 'credentials',
    name: 'Create credentials',
    action: 'gitops:credentials:create',
    input: { slug: '${{ steps.repository.output.slug }}' },
  }),
];

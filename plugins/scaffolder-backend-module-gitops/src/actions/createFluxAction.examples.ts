import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description: 'Create the Flux objects of a project',
    id: 'flux',
    name: 'Create Flux objects',
    action: 'gitops:flux:create',
    input: { slug: '${{ steps.repository.output.slug }}' },
  }),
];

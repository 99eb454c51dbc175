import { exampleOf } from './exampleOf';

export const examples = [
  exampleOf({
    description: 'Wait until every environment runs the first commit',
    id: 'wait',
    name: 'Wait until ready',
    action: 'gitops:status:wait',
    input: {
      slug: '${{ steps.repository.output.slug }}',
      commitHash: '${{ steps.repository.output.commitHash }}',
    },
  }),
  exampleOf({
    description:
      'Wait for at most five minutes, and believe failures after half a minute',
    id: 'wait',
    name: 'Wait until ready',
    action: 'gitops:status:wait',
    input: {
      slug: '${{ steps.repository.output.slug }}',
      timeout: { minutes: 5 },
      grace: { seconds: 30 },
    },
  }),
];

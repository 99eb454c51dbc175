import type {
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** What an answer for three environments may weigh; more of them, more of it. */
const BYTES_FOR_THREE = 4096;
/**
 * What is kept at most; the next step where the answer weighs too much. A source's
 * commit is told by the environments that have it, too.
 */
const STEPS = [
  { message: 300, title: 72, author: true, sourceCommits: true },
  { message: 300, title: 72, author: true, sourceCommits: false },
  { message: 120, title: 72, author: true, sourceCommits: false },
  { message: 40, title: 50, author: true, sourceCommits: false },
  { message: 40, title: 30, author: false, sourceCommits: false },
  { message: 20, title: 0, author: false, sourceCommits: false },
];
type Step = (typeof STEPS)[number];

/**
 * Cuts the words of controllers and committers, which can be pages long, so that
 * the answer to a page view stays small. The routes of diagnosis and deployments
 * have them uncut.
 */
export function shortenMessages(document: ProjectDocument): ProjectDocument {
  const most = BYTES_FOR_THREE * Math.max(1, document.environments.length / 3);
  let shortened = document;
  for (const step of STEPS) {
    shortened = shortenTo(document, step);
    // Steps are only there while the set-up is looked at.
    const { initialization, ...rest } = shortened;
    const { steps, ...short } = initialization;
    const weighed = JSON.stringify({ ...rest, initialization: short });
    if (Buffer.byteLength(weighed) <= most) {
      break;
    }
  }
  return shortened;
}

function shortenTo(document: ProjectDocument, step: Step): ProjectDocument {
  const clusterErrors = new Set<string | undefined>(
    document.clusters.flatMap(({ error }) => (error ? [error] : [])),
  );
  const shorten = (resource: ResourceStateDocument): ResourceStateDocument => {
    const { message, attributes, diagnosis, commitInfo } = resource;
    const { previous } = attributes;
    return {
      ...resource,
      // The words of a cluster out of reach stand with the cluster.
      message: clusterErrors.has(message)
        ? undefined
        : cut(message, step.message),
      attributes: {
        ...attributes,
        ...(previous && {
          previous: {
            ...previous,
            message: cut(previous.message, step.message),
          },
        }),
      },
      // The same words as in `message`.
      diagnosis:
        diagnosis && !clusterErrors.has(message)
          ? { ...diagnosis, message: undefined }
          : undefined,
      ...(commitInfo && {
        commitInfo: step.title
          ? {
              ...commitInfo,
              title: cut(commitInfo.title, step.title),
              author: step.author ? commitInfo.author : undefined,
            }
          : undefined,
      }),
    };
  };
  const told = new Set(
    document.environments.map(({ resource }) => resource?.commitInfo?.id),
  );
  return {
    ...document,
    environments: document.environments.map(environment => ({
      ...environment,
      ...(environment.resource && { resource: shorten(environment.resource) }),
    })),
    sources: document.sources
      .map(shorten)
      .map(source =>
        step.sourceCommits || !told.has(source.commitInfo?.id)
          ? source
          : { ...source, commitInfo: undefined },
      ),
  };
}

function cut(message: string | undefined, limit: number): string | undefined {
  return message && message.length > limit
    ? `${message.slice(0, limit - 1)}…`
    : message;
}

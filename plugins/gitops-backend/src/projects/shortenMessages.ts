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
const ALL = {
  message: 300,
  title: 72,
  author: true,
  sourceCommits: true,
  /** Of what is ready, which says no more than the state and the revision. */
  goodMessages: true,
  wordings: true,
};
type Step = typeof ALL;
const LESS = { ...ALL, sourceCommits: false, goodMessages: false };
const STEPS: Step[] = [
  ALL,
  { ...ALL, sourceCommits: false },
  LESS,
  { ...LESS, message: 120 },
  { ...LESS, message: 40, title: 50 },
  { ...LESS, message: 40, title: 30, author: false },
  { ...LESS, message: 20, title: 0, author: false },
  // The sentences in English stand.
  { ...LESS, message: 20, title: 0, author: false, wordings: false },
];

/**
 * Cuts the words of controllers and committers, which can be pages long, so that
 * the answer to a page view stays small. The routes of diagnosis and deployments
 * have them uncut.
 *
 * @param wordings - whether what the sentences say is of use to the reader
 */
export function shortenMessages(
  document: ProjectDocument,
  wordings: boolean,
): ProjectDocument {
  const most = BYTES_FOR_THREE * Math.max(1, document.environments.length / 3);
  let shortened = document;
  for (const step of STEPS) {
    shortened = shortenTo(document, {
      ...step,
      wordings: wordings && step.wordings,
    });
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
      message:
        clusterErrors.has(message) ||
        (resource.status === 'ready' && !step.goodMessages)
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
          ? {
              ...diagnosis,
              message: undefined,
              wording: step.wordings ? diagnosis.wording : undefined,
            }
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
    clusters: step.wordings
      ? document.clusters
      : document.clusters.map(cluster => ({ ...cluster, wording: undefined })),
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

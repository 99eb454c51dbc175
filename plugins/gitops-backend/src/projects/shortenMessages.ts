import type {
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** What an answer for three environments may weigh; more of them, more of it. */
const BYTES_FOR_THREE = 4096;
/** Longest message, then what is left of it where the answer weighs too much. */
const LIMITS = [300, 120, 40];

/**
 * Cuts the controllers' words, which can be pages long, so that the answer to a
 * page view stays small. The diagnosis route has them uncut.
 */
export function shortenMessages(document: ProjectDocument): ProjectDocument {
  const most = BYTES_FOR_THREE * Math.max(1, document.environments.length / 3);
  let shortened = document;
  for (const limit of LIMITS) {
    shortened = withMessages(document, limit);
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

function withMessages(
  document: ProjectDocument,
  limit: number,
): ProjectDocument {
  const shorten = (resource: ResourceStateDocument): ResourceStateDocument => {
    const { message, attributes, diagnosis } = resource;
    const { previous } = attributes;
    return {
      ...resource,
      message: cut(message, limit),
      attributes: {
        ...attributes,
        ...(previous && {
          previous: { ...previous, message: cut(previous.message, limit) },
        }),
      },
      // The same words as in `message`.
      ...(diagnosis && { diagnosis: { ...diagnosis, message: undefined } }),
    };
  };
  return {
    ...document,
    environments: document.environments.map(environment => ({
      ...environment,
      ...(environment.resource && { resource: shorten(environment.resource) }),
    })),
    sources: document.sources.map(shorten),
  };
}

function cut(message: string | undefined, limit: number): string | undefined {
  return message && message.length > limit
    ? `${message.slice(0, limit - 1)}…`
    : message;
}

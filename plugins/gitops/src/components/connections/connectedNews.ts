import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';

/** What the page of the Git host's return hands to the list of connections. */
export type ConnectedNews = Pick<ConnectionDocument, 'host' | 'username'>;

/** Makes the state of a navigation of the news. */
export function connectedState({ host, username }: ConnectedNews): unknown {
  return { connected: { host, username } };
}

/** The opposite of {@link connectedState}; undefined where nobody came that way. */
export function connectedFrom(state: unknown): ConnectedNews | undefined {
  const { connected } = (state ?? {}) as { connected?: ConnectedNews };
  return typeof connected?.host === 'string' ? connected : undefined;
}

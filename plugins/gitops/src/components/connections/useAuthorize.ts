import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import { gitopsApiRef } from '../../api/GitopsApi';

/** Sends the browser to a Git host to ask for consent. */
export interface Authorize {
  start: (host: string) => Promise<void>;
  /** The host that is being gone to. */
  goingTo?: string;
  error?: Error;
}

/** Begins to connect by OAuth; the page is left when it works. */
export function useAuthorize(
  leave: (url: string) => void = url => window.location.assign(url),
): Authorize {
  const api = useApi(gitopsApiRef);
  const [state, setState] = useState<{ goingTo?: string; error?: Error }>({});
  return {
    ...state,
    start: async host => {
      setState({ goingTo: host });
      try {
        const { authorizationUrl } = await api.authorizeConnection({ host });
        if (!/^https?:\/\//i.test(authorizationUrl)) {
          throw new Error(`'${authorizationUrl}' is no address of a Git host`);
        }
        leave(authorizationUrl);
      } catch (thrown) {
        setState({ error: toError(thrown) });
      }
    },
  };
}

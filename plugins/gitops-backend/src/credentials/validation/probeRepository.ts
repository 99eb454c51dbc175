import { ServiceUnavailableError, toError } from '@backstage/errors';
import type {
  GitHostProvider,
  RepositoryLocation,
} from '@backstage-gitops/plugin-gitops-node';

const DEADLINE_MS = 15_000;

/** What the host said to the first request of a fetch. @internal */
export type ProbeAnswer = 'readable' | 'refused' | 'forbidden' | 'not-found';

/**
 * Does the first request of a fetch (Git's smart HTTP, `ls-remote`), as Flux will:
 * the one check that holds for tokens of every kind.
 *
 * The address from integrations is used, not the host's own idea of it: that is
 * where a token may be sent. A redirect is not followed, for the same reason.
 *
 * @throws ServiceUnavailableError when the host does not answer
 * @internal
 */
export async function probeRepository(
  provider: Pick<GitHostProvider, 'host' | 'baseUrl'>,
  repository: RepositoryLocation,
  credential: { username: string; password: string },
  options: { signal?: AbortSignal } = {},
): Promise<ProbeAnswer> {
  const { signal } = options;
  const path = [...repository.owner.split('/'), `${repository.name}.git`]
    .map(encodeURIComponent)
    .join('/');
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const basic = Buffer.from(
    `${credential.username}:${credential.password}`,
  ).toString('base64');
  let response: Response;
  try {
    response = await fetch(
      `${provider.baseUrl}/${path}/info/refs?service=git-upload-pack`,
      {
        headers: { authorization: `Basic ${basic}` },
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      },
    );
    // The list of references can be long, and only that it came counts.
    await response.body?.cancel();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ServiceUnavailableError(
      `Git host '${provider.host}' cannot be reached: ${
        toError(error).message
      }`,
    );
  }
  if (response.ok) {
    return 'readable';
  }
  switch (response.status) {
    case 401:
      return 'refused';
    case 403:
      return 'forbidden';
    case 429:
      break;
    default:
      if (response.status < 500) {
        return 'not-found';
      }
  }
  throw new ServiceUnavailableError(
    `Git host '${provider.host}' answered ${response.status} to a fetch: try again later`,
  );
}

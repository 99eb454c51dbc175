import type { Gitea } from '@backstage-gitops/control-plane';
import { randomBytes } from 'node:crypto';

/**
 * Makes a token as the user would on Gitea's pages, who alone may do so: with the
 * password and not with another token.
 */
export async function newGiteaToken(
  gitea: Gitea,
  scopes: string[],
): Promise<string> {
  const { url, username, password } = gitea;
  const response = await fetch(`${url}/api/v1/users/${username}/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString(
        'base64',
      )}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: randomBytes(6).toString('hex'), scopes }),
  });
  if (!response.ok) {
    throw new Error(
      `Gitea made no token with ${scopes.join(', ')}: ${response.status}`,
    );
  }
  const { sha1 } = (await response.json()) as { sha1: string };
  return sha1;
}

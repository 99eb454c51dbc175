import type { GitHostProvider } from '@backstage-gitops/plugin-gitops-node';
import { z } from 'zod/v3';

const tokenSchema = z.object({
  id: z.number(),
  name: z.string(),
  sha1: z.string().default(''),
});

/**
 * Gives a host of the sandbox what GitLab has and Gitea lacks: tokens of one
 * repository. They are the account's read-only tokens, made and revoked over HTTP.
 */
export function withProjectTokens<T extends GitHostProvider>(
  provider: T,
  account: { username: string; password: string },
): T {
  const basic = Buffer.from(`${account.username}:${account.password}`);
  const path = `${provider.baseUrl}/api/v1/users/${account.username}/tokens`;
  const call = async (method: string, url: string, body?: unknown) => {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Basic ${basic.toString('base64')}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok && response.status !== 404) {
      throw new Error(`${method} ${url}: ${response.status}`);
    }
    const text = await response.text();
    return text && response.ok ? JSON.parse(text) : undefined;
  };
  const list = async () =>
    z.array(tokenSchema).parse(await call('GET', `${path}?limit=100`));
  const own: Pick<
    GitHostProvider,
    | 'repositoryCredentialKinds'
    | 'createRepositoryToken'
    | 'listRepositoryTokens'
    | 'revokeRepositoryToken'
  > = {
    repositoryCredentialKinds: ['project-token'],
    async createRepositoryToken(_location, { name, expiresAt }) {
      const { id, sha1 } = tokenSchema.parse(
        await call('POST', path, { name, scopes: ['read:repository'] }),
      );
      return {
        id: String(id),
        token: sha1,
        username: account.username,
        scopes: ['read:repository'],
        expiresAt,
      };
    },
    async listRepositoryTokens() {
      return (await list()).map(({ id, name }) => ({ id: String(id), name }));
    },
    async revokeRepositoryToken(_location, id) {
      await call('DELETE', `${path}/${id}`);
    },
  };
  return Object.assign(provider, own);
}

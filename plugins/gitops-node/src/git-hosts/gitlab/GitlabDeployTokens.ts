import { DeployTokens } from '@gitbeaker/rest';
import { z } from 'zod/v3';
import type { RepositoryTokenPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  RepositoryLocation,
  RepositoryToken,
} from '../GitHostProvider';
import { nameOf } from '../repositoryNames';
import { projectOf } from './GitlabApi';
import type { GitlabApi } from './GitlabApi';

const listedSchema = z.object({
  id: z.number(),
  name: z.string(),
  revoked: z.boolean().optional(),
});
const tokenSchema = z.object({
  id: z.number(),
  token: z.string(),
  username: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullish(),
});

/** GitLab's deploy tokens: they read one project over HTTP and can do nothing else. */
export class GitlabDeployTokens implements RepositoryTokenPart {
  constructor(private readonly api: GitlabApi) {}

  async createRepositoryToken(
    location: RepositoryLocation,
    wish: { name: string; expiresAt?: string },
    options: GitHostCallOptions,
  ): Promise<RepositoryToken> {
    const { data } = await this.api.call(
      `make a deploy token for repository '${nameOf(location)}'`,
      options,
      [],
      client =>
        new DeployTokens(client).create(wish.name, ['read_repository'], {
          projectId: projectOf(location),
          ...(wish.expiresAt && { expires_at: wish.expiresAt }),
        }),
    );
    const made = this.api.read(tokenSchema, data, 'deploy token');
    return {
      id: String(made.id),
      token: made.token,
      username: made.username,
      scopes: made.scopes,
      expiresAt: made.expires_at
        ? new Date(made.expires_at).toISOString()
        : undefined,
    };
  }

  async revokeRepositoryToken(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    await this.api.call(
      `revoke deploy token ${id} of repository '${nameOf(location)}'`,
      options,
      [404],
      client =>
        new DeployTokens(client).remove(Number(id), {
          projectId: projectOf(location),
        }),
    );
  }

  async listRepositoryTokens(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<{ id: string; name: string }[]> {
    const { data } = await this.api.call(
      `list the deploy tokens of repository '${nameOf(location)}'`,
      options,
      [],
      client =>
        new DeployTokens(client).all({
          projectId: projectOf(location),
          active: true,
        }),
    );
    return this.api
      .read(listedSchema.array(), data, 'list')
      .filter(({ revoked }) => !revoked)
      .map(({ id, name }) => ({ id: String(id), name }));
  }
}

import { z } from 'zod/v3';
import { fingerprintOf } from '../fingerprintOf';
import type { DeployKeyPart } from '../gitHostParts';
import type {
  DeployKey,
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { keyContent, nameOf } from '../repositoryNames';
import { repositoryOf } from './GithubApi';
import type { GithubApi } from './GithubApi';

const keySchema = z.object({
  id: z.number(),
  key: z.string(),
  title: z.string(),
  read_only: z.boolean(),
});
type Key = z.infer<typeof keySchema>;

const PAGE = 100;

/** Keys that read one repository of a GitHub over SSH. */
export class GithubDeployKeys implements DeployKeyPart {
  constructor(private readonly api: GithubApi) {}

  async createDeployKey(
    location: RepositoryLocation,
    wish: { title: string; publicKey: string },
    options: GitHostCallOptions,
  ): Promise<DeployKey> {
    const before = await this.find(location, wish, options);
    if (before) {
      return before;
    }
    try {
      const { data } = await this.api.call(
        `add a deploy key to repository '${nameOf(location)}'`,
        options,
        [],
        octokit =>
          octokit.rest.repos.createDeployKey({
            ...repositoryOf(location),
            title: wish.title,
            key: wish.publicKey,
            read_only: true,
          }),
      );
      return toDeployKey(this.api.read(keySchema, data, 'deploy key'));
    } catch (error) {
      options.signal?.throwIfAborted();
      // Another run was faster, or the answer of this one was lost.
      const after = await this.find(location, wish, options);
      if (after) {
        return after;
      }
      throw error;
    }
  }

  async deleteDeployKey(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    await this.api.call(
      `remove deploy key ${id} from repository '${nameOf(location)}'`,
      options,
      [404],
      octokit =>
        octokit.rest.repos.deleteDeployKey({
          ...repositoryOf(location),
          key_id: Number(id),
        }),
    );
  }

  async listDeployKeys(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<DeployKey[]> {
    return (await this.list(location, options)).map(toDeployKey);
  }

  private async find(
    location: RepositoryLocation,
    wish: { title: string; publicKey: string },
    options: GitHostCallOptions,
  ): Promise<DeployKey | undefined> {
    const found = (await this.list(location, options)).find(
      ({ title, key }) =>
        title === wish.title && keyContent(key) === keyContent(wish.publicKey),
    );
    return found && toDeployKey(found);
  }

  private async list(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<Key[]> {
    const keys: Key[] = [];
    for (let page = 1; ; page++) {
      const { data } = await this.api.call(
        `list the deploy keys of repository '${nameOf(location)}'`,
        options,
        [],
        octokit =>
          octokit.rest.repos.listDeployKeys({
            ...repositoryOf(location),
            per_page: PAGE,
            page,
          }),
      );
      const found = this.api.read(keySchema.array(), data, 'list');
      keys.push(...found);
      if (found.length < PAGE) {
        return keys;
      }
    }
  }
}

function toDeployKey(key: Key): DeployKey {
  return {
    id: String(key.id),
    title: key.title,
    fingerprint: fingerprintOf(key.key),
    readOnly: key.read_only,
  };
}

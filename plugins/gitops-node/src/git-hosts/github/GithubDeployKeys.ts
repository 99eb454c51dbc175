import { z } from 'zod/v3';
import { fingerprintOf } from '../fingerprintOf';
import {
  DeployKeysOfHost,
  type DeployKeyWish,
  type KeyAtHost,
} from '../DeployKeysOfHost';
import type {
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { nameOf } from '../repositoryNames';
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
export class GithubDeployKeys extends DeployKeysOfHost {
  constructor(private readonly api: GithubApi) {
    super();
  }

  protected async add(
    location: RepositoryLocation,
    wish: DeployKeyWish,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost> {
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
    return toKey(this.api.read(keySchema, data, 'deploy key'));
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

  protected async list(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost[]> {
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
        return keys.map(toKey);
      }
    }
  }
}

function toKey(key: Key): KeyAtHost {
  return {
    id: String(key.id),
    title: key.title,
    publicKey: key.key,
    fingerprint: fingerprintOf(key.key),
    readOnly: key.read_only,
  };
}

import { z } from 'zod/v3';
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
import { repositoryPath } from './GiteaApi';
import type { GiteaApi } from './GiteaApi';

const keySchema = z.object({
  id: z.number(),
  key: z.string(),
  title: z.string(),
  fingerprint: z.string().optional(),
  read_only: z.boolean(),
});
type Key = z.infer<typeof keySchema>;

/** Keys that read one repository of a Gitea over SSH. */
export class GiteaDeployKeys extends DeployKeysOfHost {
  constructor(private readonly api: GiteaApi) {
    super();
  }

  protected async add(
    location: RepositoryLocation,
    wish: DeployKeyWish,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost> {
    const { body } = await this.api.call(
      'POST',
      `${repositoryPath(location)}/keys`,
      `add a deploy key to repository '${nameOf(location)}'`,
      [201],
      options,
      { title: wish.title, key: wish.publicKey, read_only: true },
    );
    return toKey(this.api.read(keySchema, body, 'deploy key'));
  }

  async deleteDeployKey(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    await this.api.call(
      'DELETE',
      `${repositoryPath(location)}/keys/${encodeURIComponent(id)}`,
      `remove deploy key ${id} from repository '${nameOf(location)}'`,
      [204, 404],
      options,
    );
  }

  protected async list(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost[]> {
    const keys: Key[] = [];
    for await (const page of this.api.pages(
      `${repositoryPath(location)}/keys`,
      keySchema,
      `list the deploy keys of repository '${nameOf(location)}'`,
      options,
    )) {
      keys.push(...page);
    }
    return keys.map(toKey);
  }
}

function toKey(key: Key): KeyAtHost {
  return {
    id: String(key.id),
    title: key.title,
    publicKey: key.key,
    fingerprint: key.fingerprint || undefined,
    readOnly: key.read_only,
  };
}

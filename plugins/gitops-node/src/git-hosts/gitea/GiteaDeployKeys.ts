import { z } from 'zod/v3';
import type { DeployKeyPart } from '../gitHostParts';
import type {
  DeployKey,
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { keyContent, nameOf } from '../repositoryNames';
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
export class GiteaDeployKeys implements DeployKeyPart {
  constructor(private readonly api: GiteaApi) {}

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
      const { body } = await this.api.call(
        'POST',
        `${repositoryPath(location)}/keys`,
        `add a deploy key to repository '${nameOf(location)}'`,
        [201],
        options,
        { title: wish.title, key: wish.publicKey, read_only: true },
      );
      return toDeployKey(this.api.read(keySchema, body, 'deploy key'));
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
      'DELETE',
      `${repositoryPath(location)}/keys/${encodeURIComponent(id)}`,
      `remove deploy key ${id} from repository '${nameOf(location)}'`,
      [204, 404],
      options,
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
    for await (const page of this.api.pages(
      `${repositoryPath(location)}/keys`,
      keySchema,
      `list the deploy keys of repository '${nameOf(location)}'`,
      options,
    )) {
      keys.push(...page);
    }
    return keys;
  }
}

function toDeployKey(key: Key): DeployKey {
  return {
    id: String(key.id),
    title: key.title,
    fingerprint: key.fingerprint || undefined,
    readOnly: key.read_only,
  };
}

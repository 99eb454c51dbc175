import { DeployKeys } from '@gitbeaker/rest';
import { z } from 'zod/v3';
import { fingerprintOf } from '../fingerprintOf';
import type { DeployKeyPart } from '../gitHostParts';
import type {
  DeployKey,
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { keyContent, nameOf } from '../repositoryNames';
import { projectOf } from './GitlabApi';
import type { GitlabApi } from './GitlabApi';

const keySchema = z.object({
  id: z.number(),
  key: z.string(),
  title: z.string(),
  can_push: z.boolean(),
});
type Key = z.infer<typeof keySchema>;

/** Keys that read one project of a GitLab over SSH. */
export class GitlabDeployKeys implements DeployKeyPart {
  constructor(private readonly api: GitlabApi) {}

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
        client =>
          new DeployKeys(client).create(
            projectOf(location),
            wish.title,
            wish.publicKey,
            { canPush: false },
          ),
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
      client => new DeployKeys(client).remove(projectOf(location), Number(id)),
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
    const { data } = await this.api.call(
      `list the deploy keys of repository '${nameOf(location)}'`,
      options,
      [],
      client => new DeployKeys(client).all({ projectId: projectOf(location) }),
    );
    return this.api.read(keySchema.array(), data, 'list');
  }
}

function toDeployKey(key: Key): DeployKey {
  return {
    id: String(key.id),
    title: key.title,
    fingerprint: fingerprintOf(key.key),
    readOnly: !key.can_push,
  };
}

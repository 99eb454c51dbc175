import { DeployKeys } from '@gitbeaker/rest';
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
export class GitlabDeployKeys extends DeployKeysOfHost {
  constructor(private readonly api: GitlabApi) {
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
      client =>
        new DeployKeys(client).create(
          projectOf(location),
          wish.title,
          wish.publicKey,
          { canPush: false },
        ),
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
      client => new DeployKeys(client).remove(projectOf(location), Number(id)),
    );
  }

  protected async list(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost[]> {
    const { data } = await this.api.call(
      `list the deploy keys of repository '${nameOf(location)}'`,
      options,
      [],
      client => new DeployKeys(client).all({ projectId: projectOf(location) }),
    );
    return this.api.read(keySchema.array(), data, 'list').map(toKey);
  }
}

function toKey(key: Key): KeyAtHost {
  return {
    id: String(key.id),
    title: key.title,
    publicKey: key.key,
    fingerprint: fingerprintOf(key.key),
    readOnly: !key.can_push,
  };
}

import type { DeployKeyPart } from './gitHostParts';
import type {
  DeployKey,
  GitHostCallOptions,
  RepositoryLocation,
} from './GitHostProvider';
import { keyContent } from './repositoryNames';

/** A deploy key to be. */
export interface DeployKeyWish {
  title: string;
  /** As in an `authorized_keys` file. */
  publicKey: string;
}

/** A deploy key that a host has. */
export interface KeyAtHost extends DeployKey {
  publicKey: string;
}

/**
 * Keys that read one repository over SSH. A key is made once, however often and by
 * however many it is asked for: title and content tell whether it is there.
 */
export abstract class DeployKeysOfHost implements DeployKeyPart {
  /** @throws errors of the host, also when it has the key already */
  protected abstract add(
    location: RepositoryLocation,
    wish: DeployKeyWish,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost>;

  protected abstract list(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<KeyAtHost[]>;

  abstract deleteDeployKey(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void>;

  async createDeployKey(
    location: RepositoryLocation,
    wish: DeployKeyWish,
    options: GitHostCallOptions,
  ): Promise<DeployKey> {
    const before = await this.find(location, wish, options);
    if (before) {
      return before;
    }
    try {
      return toDeployKey(await this.add(location, wish, options));
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

  async listDeployKeys(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<DeployKey[]> {
    return (await this.list(location, options)).map(toDeployKey);
  }

  private async find(
    location: RepositoryLocation,
    wish: DeployKeyWish,
    options: GitHostCallOptions,
  ): Promise<DeployKey | undefined> {
    const found = (await this.list(location, options)).find(
      ({ title, publicKey }) =>
        title === wish.title &&
        keyContent(publicKey) === keyContent(wish.publicKey),
    );
    return found && toDeployKey(found);
  }
}

function toDeployKey({ publicKey: _, ...key }: KeyAtHost): DeployKey {
  return key;
}

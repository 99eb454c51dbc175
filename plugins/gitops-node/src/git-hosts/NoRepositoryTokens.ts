import { InputError } from '@backstage/errors';
import type { RepositoryTokenPart } from './gitHostParts';
import type { RepositoryToken } from './GitHostProvider';

/** For hosts whose tokens belong to a user and reach all that the user reaches. */
export class NoRepositoryTokens implements RepositoryTokenPart {
  constructor(private readonly host: string) {}

  async createRepositoryToken(): Promise<RepositoryToken> {
    throw new InputError(
      `Git host '${this.host}' has no tokens for one repository: use an SSH key, or bring a token that can only read`,
    );
  }

  async revokeRepositoryToken(): Promise<void> {
    // None was ever made, so that it is gone.
  }

  async listRepositoryTokens(): Promise<{ id: string; name: string }[]> {
    return [];
  }
}

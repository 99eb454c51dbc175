import type { GitHostProvider, RepositoryLocation } from '../GitHostProvider';
import type { GitHostLimits } from '../http/GitHostLimits';

/** A host, or a double of one, that a provider is held against. */
export interface GitHostProviderSubject {
  /** Its origin; all of its addresses are below it. */
  url: string;
  provider(limits?: Partial<GitHostLimits>): GitHostProvider;
  /** Of an account that may do everything in `organization`. */
  token: string;
  username: string;
  organization: string;
  /** Of an account without rights there. */
  outsiderToken: string;
  /** Of an account that may only read code, and not ask who it is. */
  readerToken?: string;
  /** Adds a file to a branch, which begins at the default one if it is new. */
  commit(
    location: RepositoryLocation,
    branch: string,
    path: string,
    content: string,
  ): Promise<string>;
  rename(location: RepositoryLocation, name: string): Promise<void>;
  archive(location: RepositoryLocation): Promise<void>;
  remove(location: RepositoryLocation): Promise<void>;
}

import type { Break } from '../commands/breaks';

/** What stands behind the portal: a Git host and one or more clusters. */
export interface Backing {
  /** One line for people. */
  description: string;
  /** Variables that app-config.yaml refers to. */
  environment: Record<string, string>;
  /** More configuration, the later files win. */
  configFiles: string[];
  /** As in the template form's repository field. */
  repositoryHost: string;
  repositoryOwner: string;
  /** Commit that a branch points at, asked at the Git host itself. */
  branchCommit(
    owner: string,
    repository: string,
    branch: string,
  ): Promise<string | undefined>;
  /** Arranges that one thing of the project will be broken. */
  arrangeBreak(what: Break, slug: string): Promise<void>;
  stop(): Promise<void>;
}

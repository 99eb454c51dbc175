import type {
  GitHostCredential,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import type { FluxCredential } from '../../credentials/kinds/FluxCredential';
import type { GitAuthMaterial } from '../../database/GitAuthStore';
import type { Environment, Project, Repository } from '../../database/tables';
import { type Findings, found } from './Problem';

/** What Flux is about to be told, and what the portal can ask with. @internal */
export interface Subject {
  project: Pick<Project, 'slug'>;
  repository: Pick<
    Repository,
    'host' | 'owner' | 'name' | 'cloneUrl' | 'defaultBranch' | 'firstCommit'
  >;
  environments: readonly Pick<Environment, 'name'>[];
  /**
   * Where their overlays have to be: in the commit that the set-up pushed, or on
   * the branch as it is now, where people have gone on from there.
   */
  overlaysIn: 'first commit' | 'branch';
  /** What Flux will read with, as it is stored. */
  material: GitAuthMaterial;
  /** The same, in clear. */
  credential: FluxCredential;
  provider: GitHostProvider;
  /** What the portal itself acts with at the host. */
  hostCredential: GitHostCredential;
  /** Throws when the portal's rules do not let this address be read from. */
  checkUrl?(url: string): Promise<void>;
  signal?: AbortSignal;
}

/** The branch that Flux would follow is not there. @internal */
export function noBranch(subject: Pick<Subject, 'repository'>): Findings {
  const { defaultBranch } = subject.repository;
  return found(
    'G7',
    `${repositoryName(
      subject,
    )} has no branch '${defaultBranch}', which Flux would follow: push it, then retry`,
  );
}

/** How messages call the repository. @internal */
export function repositoryName({
  repository: { owner, name, host },
}: Pick<Subject, 'repository'>): string {
  return `Repository '${owner}/${name}' at '${host}'`;
}

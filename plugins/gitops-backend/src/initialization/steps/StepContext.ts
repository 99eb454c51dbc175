import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  GitHostCredential,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import type { StepName } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { CredentialFactory } from '../../credentials/CredentialFactory';
import type { ContentStore } from '../../database/ContentStore';
import type { EnvironmentStore } from '../../database/EnvironmentStore';
import type { GitAuthStore } from '../../database/GitAuthStore';
import type { ProjectStore } from '../../database/ProjectStore';
import type { RepositoryStore } from '../../database/RepositoryStore';
import type { ResourceStore } from '../../database/ResourceStore';
import type { StepStore } from '../../database/StepStore';
import type { SyncLogStore } from '../../database/SyncLogStore';
import type { Project } from '../../database/tables';
import type { Vault } from '../../credentials/Vault';
import type { FluxResources } from '../../flux/FluxResources';
import type { RunReporter } from '../RunReporter';

/** The parts of the portal that the steps work with. @internal */
export interface StepServices {
  logger: LoggerService;
  vault: Vault;
  projects: ProjectStore;
  repositories: RepositoryStore;
  environments: EnvironmentStore;
  resources: ResourceStore;
  gitAuths: GitAuthStore;
  steps: StepStore;
  contents: ContentStore;
  syncLogs: SyncLogStore;
  credentials: CredentialFactory;
  flux: FluxResources;
  /** Throws when the portal's rules do not let Flux read from this address. */
  checkSourceUrl?(url: string): Promise<void>;
  /** Author of first commits. */
  commitAuthor: { name: string; email: string };
}

/** Facts that a step leaves behind; JSON. @internal */
export type StepFacts = Record<string, unknown>;

/** What a step is given. @internal */
export interface StepContext {
  readonly services: StepServices;
  /** As it was when the step began. */
  readonly project: Project;
  readonly provider: GitHostProvider;
  /** What the run acts with at the Git host. */
  readonly hostCredential: GitHostCredential;
  readonly report: RunReporter;
  /** Aborts when the run has to stop. */
  readonly signal: AbortSignal;
  /**
   * What this step meant to do, as the newest attempt that got there wrote it
   * down; it may or may not have happened.
   */
  readonly intended?: StepFacts;
  /** What a step found in the end, in this attempt or an earlier one. */
  outcomeOf(step: StepName): Promise<StepFacts | undefined>;
  /** Writes down what is about to be done, before it is done. */
  intend(facts: StepFacts): Promise<void>;
  /** Writes, unless the run has lost its hold on the project. */
  write<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T>;
  /** Does one thing that others can see, unless the run has lost its hold. */
  effect<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Percent of this step. */
  progress(percent: number): Promise<void>;
}

/**
 * One step of a set-up. It can run any number of times and always leads to the
 * same end: what is there already is found, and made only if it is not.
 *
 * @internal
 */
export interface Step {
  readonly name: StepName;
  /** @returns what later steps and attempts need to know. */
  run(context: StepContext): Promise<StepFacts | undefined>;
}

import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type {
  InitializationMessage,
  InitializationResult,
  StepName,
} from '@backstage-gitops/plugin-gitops-common';

/** How a run is to be done. */
export interface InitializationRunOptions {
  /** Last step to run; all of them if absent. */
  through?: StepName;
  /** Token at the Git host; replaces the one stored with the project. */
  hostToken?: string;
  /** Who asks; absent when the backend itself resumes a run. */
  credentials?: BackstageCredentials;
  /** True begins a new attempt after a failed one. */
  retry?: boolean;
  /** Sees every message of the run but the closing one, in order. */
  onMessage?: (message: InitializationMessage) => void;
  /** Ends the run at the next safe place, to be resumed later: shutdown. */
  signal?: AbortSignal;
}

/** Sets projects up. The one way in for routes, actions and recovery. */
export interface InitializationEngine {
  /**
   * Runs a project's set-up, or follows the run that is under way.
   *
   * @throws an error of `@backstage/errors` with the message of the failed step
   */
  run(
    projectId: string,
    options: InitializationRunOptions,
  ): Promise<InitializationResult>;

  /** What the set-up of a project has come to so far, from its rows. */
  result(projectId: string): Promise<InitializationResult>;
}

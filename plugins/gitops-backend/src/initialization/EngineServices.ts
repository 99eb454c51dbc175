import type { SetUpMetrics } from '../metrics/SetUpMetrics';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { EventStore } from '../events/EventStore';
import type { ProjectNotifier } from '../projects/ProjectNotifier';
import type { StepServices } from './steps/StepContext';

/** The parts of the portal that the engine works with. @internal */
export interface EngineServices extends StepServices {
  knex: Knex;
  gitHosts: GitHostRegistry;
  events: EventStore;
  notifier: ProjectNotifier;
  /**
   * Called after each thing that others can see was done, before its outcome is
   * written down: the places where a run can be cut off.
   */
  afterEffect?(effect: string): Promise<void>;
  /** Counts runs and measures them, where the portal has metrics. */
  setUpMetrics?: SetUpMetrics;
}

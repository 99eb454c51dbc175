import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type { StepName } from '@backstage-gitops/plugin-gitops-common';
import { metricDefinitions as definitions } from './metricDefinitions';

/** How a run of a set-up ended. @internal */
export type SetUpOutcome = 'completed' | 'failed' | 'interrupted';

/** Counts the runs of set-ups and measures how long they take. @internal */
export class SetUpMetrics {
  private readonly count;
  private readonly duration;

  constructor(service: MetricsService) {
    this.count = service.createCounter(
      definitions.setUps.name,
      definitions.setUps,
    );
    this.duration = service.createHistogram(
      definitions.setUpDuration.name,
      definitions.setUpDuration,
    );
  }

  /** @param through - The step that the run was to go up to. */
  ended(through: StepName, outcome: SetUpOutcome, seconds: number): void {
    this.count.add(1, { through, outcome });
    this.duration.record(seconds, { through, outcome });
  }
}

import {
  deriveState,
  diagnose,
  type Reading,
} from '@backstage-gitops/plugin-gitops-common';
import { contextOf } from '@backstage-gitops/status-fixtures';
import type { Moment } from './Stage';

/** What the product says of a moment. */
export function judge(
  moment: Moment,
  project: (reading: Reading) => Reading = reading => reading,
) {
  const { object, source, events, judgedAt } = moment;
  const now = new Date(judgedAt);
  const context = contextOf(moment);
  const own = project(object);
  const itsSource = source && project(source);
  return {
    state: deriveState(own, itsSource, now, context),
    diagnosis: diagnose(own, itsSource, events, now, context),
  };
}

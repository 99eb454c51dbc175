import type { ActionServices } from './ActionServices';
import { registerDiagnoseProject } from './diagnoseProject';
import { registerGetProjectStatus } from './getProjectStatus';
import { registerListProjects } from './listProjects';
import { registerReconcileEnvironment } from './reconcileEnvironment';

/**
 * What assistants and other plugins can ask for, beside the routes: the same
 * services behind them, and the same checks of the caller's rights.
 */
export function registerActions(services: ActionServices): void {
  registerListProjects(services);
  registerGetProjectStatus(services);
  registerDiagnoseProject(services);
  registerReconcileEnvironment(services);
}

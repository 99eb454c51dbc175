// What other packages' tests put a portal on, see the flow tests here.
export { ensureAppBundle } from '../portal/appBundle';
export { seedProjects } from '../bench/load/seedProjects';
export { planProjects } from '../bench/load/LoadPlan';
export { serviceValues } from '../demo/runMainJob';
export { FlowBench } from './FlowBench';
export { eventually } from './eventually';
export { callGitHost } from './sandboxObjects';
export { repositoryRoot } from '../paths';
export { percentile } from '../bench/statistics';
export {
  appliedStatus,
  fetchedStatus,
  KUSTOMIZE_API,
  plannedManifests,
  SOURCE_API,
} from '../bench/load/fluxObjects';
export { SandboxLoadCluster } from '../bench/load/SandboxLoadCluster';

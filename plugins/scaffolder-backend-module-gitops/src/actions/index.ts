export type {
  GitopsActionOptions,
  GitopsRepositoryActionOptions,
} from './GitopsActionOptions';
export {
  createCatalogRegisterAction,
  type CatalogRegisterActionOptions,
} from './createCatalogRegisterAction';
export { createCredentialsAction } from './createCredentialsAction';
export { createEnvironmentsAction } from './createEnvironmentsAction';
export { createFluxAction } from './createFluxAction';
export { createProjectInitializeAction } from './createProjectInitializeAction';
export { createRepositoryAction } from './createRepositoryAction';
export { createStatusWaitAction } from './createStatusWaitAction';

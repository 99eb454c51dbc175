import {
  coreServices,
  createServiceFactory,
  createServiceRef,
} from '@backstage/backend-plugin-api';
import { DefaultGitopsService } from './DefaultGitopsService';
import type { GitopsService } from './GitopsService';

/**
 * The GitOps backend for other backend plugins and modules, reached over its
 * REST API wherever it runs.
 * @public
 */
export const gitopsServiceRef = createServiceRef<GitopsService>({
  id: 'gitops.service',
  scope: 'plugin',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: { auth: coreServices.auth, discovery: coreServices.discovery },
      factory: ({ auth, discovery }) =>
        DefaultGitopsService.create({ auth, discovery }),
    }),
});

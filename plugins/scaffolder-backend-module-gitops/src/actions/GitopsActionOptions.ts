import type { AuthService } from '@backstage/backend-plugin-api';
import type { ScmIntegrationRegistry } from '@backstage/integration';
import type { GitopsService } from '@backstage-gitops/plugin-gitops-node';

/** What the actions work with. @public */
export interface GitopsActionOptions {
  gitops: GitopsService;
  auth: AuthService;
}

/** @public */
export interface GitopsRepositoryActionOptions extends GitopsActionOptions {
  integrations: ScmIntegrationRegistry;
}

import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { ScmIntegrations } from '@backstage/integration';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { gitopsServiceRef } from '@backstage-gitops/plugin-gitops-node';
import {
  createCatalogRegisterAction,
  createCredentialsAction,
  createEnvironmentsAction,
  createFluxAction,
  createProjectInitializeAction,
  createRepositoryAction,
  createStatusWaitAction,
} from './actions';

/**
 * Adds the `gitops:*` actions to the scaffolder.
 * @public
 */
export const scaffolderModuleGitops = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'gitops',
  register(reg) {
    reg.registerInit({
      deps: {
        scaffolder: scaffolderActionsExtensionPoint,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        gitops: gitopsServiceRef,
      },
      async init({ scaffolder, auth, catalog, config, gitops }) {
        const integrations = ScmIntegrations.fromConfig(config);
        scaffolder.addActions(
          createRepositoryAction({ gitops, auth, integrations }),
          createCredentialsAction({ gitops, auth }),
          createEnvironmentsAction({ gitops, auth }),
          createFluxAction({ gitops, auth }),
          createCatalogRegisterAction({ catalog, integrations }),
          createStatusWaitAction({ gitops, auth }),
          createProjectInitializeAction({ gitops, auth, integrations }),
        );
      },
    });
  },
});

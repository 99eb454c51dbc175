import { createBackendModule } from '@backstage/backend-plugin-api';
import { kubernetesRouterExtensionPoint } from '@backstage/plugin-kubernetes-node';
import Router from 'express-promise-router';
import { closeWatches } from './closeWatches';

/**
 * Lets watches through the Kubernetes proxy start, fail and close cleanly.
 *
 * @public
 */
export const kubernetesModuleGitops = createBackendModule({
  pluginId: 'kubernetes',
  moduleId: 'gitops',
  register(env) {
    env.registerInit({
      deps: { router: kubernetesRouterExtensionPoint },
      async init({ router: extensionPoint }) {
        extensionPoint.addRouter(({ getDefault }) => {
          const router = Router();
          router.use('/proxy', closeWatches());
          router.use(getDefault());
          return router;
        });
      },
    });
  },
});

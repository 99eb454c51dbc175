import type { Entity } from '@backstage/catalog-model';
import {
  createApiFactory,
  createComponentExtension,
  createPlugin,
  createRoutableExtension,
  createRouteRef,
  fetchApiRef,
} from '@backstage/core-plugin-api';
import { appLanguageApiRef } from '@backstage/core-plugin-api/alpha';
import { createScaffolderFieldExtension } from '@backstage/plugin-scaffolder-react';
import { gitopsApiRef } from './api/GitopsApi';
import { GitopsClient } from './api/GitopsClient';
import { EarlyEntityGitopsCard } from './components/card/EarlyEntityGitopsCard';
import { environmentPickerField } from './form/environmentPickerField';
import { repositoryPickerField } from './form/repositoryPickerField';
import {
  belongsToProject,
  pointsToFluxObjects,
} from './presentation/entityMarks';
import { fleetRouteRef } from './routes';

const contentRouteRef = createRouteRef({ id: 'gitops' });
const connectionsPageRouteRef = createRouteRef({
  id: 'gitops-connections-page',
});

/** The plugin for apps on the older frontend system. @public */
export const gitopsPlugin = createPlugin({
  id: 'gitops',
  apis: [
    createApiFactory({
      api: gitopsApiRef,
      deps: { fetchApi: fetchApiRef, appLanguageApi: appLanguageApiRef },
      factory: options => new GitopsClient(options),
    }),
  ],
  routes: {
    root: fleetRouteRef,
    connections: connectionsPageRouteRef,
    entityContent: contentRouteRef,
  },
});

/** Entity card for the older frontend system. @public */
export const EntityGitopsCard = gitopsPlugin.provide(
  createComponentExtension({
    name: 'EntityGitopsCard',
    component: { sync: EarlyEntityGitopsCard },
  }),
);

/** Entity tab for the older frontend system. @public */
export const EntityGitopsContent = gitopsPlugin.provide(
  createRoutableExtension({
    name: 'EntityGitopsContent',
    component: () =>
      import('./components/content/EntityGitopsContent').then(
        module => module.EntityGitopsContent,
      ),
    mountPoint: contentRouteRef,
  }),
);

/** Fleet page for the older frontend system, to be mounted at `/gitops`. @public */
export const GitopsFleetPage = gitopsPlugin.provide(
  createRoutableExtension({
    name: 'GitopsFleetPage',
    component: () =>
      import('./components/legacy/LegacyFleetPage').then(
        module => module.LegacyFleetPage,
      ),
    mountPoint: fleetRouteRef,
  }),
);

/**
 * Page of the user's connections for the older frontend system. Has to be mounted
 * at `/gitops/connections`, where Git hosts send users back to.
 * @public
 */
export const GitopsConnectionsPage = gitopsPlugin.provide(
  createRoutableExtension({
    name: 'GitopsConnectionsPage',
    component: () =>
      import('./components/legacy/LegacyConnectionsPage').then(
        module => module.LegacyConnectionsPage,
      ),
    mountPoint: connectionsPageRouteRef,
  }),
);

/** Field of template forms for the older frontend system. @public */
export const GitopsEnvironmentPickerFieldExtension = gitopsPlugin.provide(
  createScaffolderFieldExtension({
    ...environmentPickerField,
    schema: environmentPickerField.schema.schema,
  }),
);

/** Field of template forms for the older frontend system. @public */
export const GitopsRepositoryPickerFieldExtension = gitopsPlugin.provide(
  createScaffolderFieldExtension({
    ...repositoryPickerField,
    schema: repositoryPickerField.schema.schema,
  }),
);

/** True for entities that belong to a project or name Flux objects. @public */
export function isGitopsAvailable(entity: Entity): boolean {
  return belongsToProject(entity) || pointsToFluxObjects(entity);
}

import {
  ApiBlueprint,
  appLanguageApiRef,
  coreExtensionData,
  createFrontendPlugin,
  ExtensionBoundary,
  fetchApiRef,
  PageBlueprint,
} from '@backstage/frontend-plugin-api';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';
import { RiGitMergeLine } from '@remixicon/react';
import { z } from 'zod/v4';
import {
  ENTITY_PROJECT_ANNOTATION,
  FLUX_OBJECTS_ANNOTATION,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from './api/GitopsApi';
import { GitopsClient } from './api/GitopsClient';
import { EarlyEntityGitopsCard } from './components/card/EarlyEntityGitopsCard';
import { fleetRouteRef } from './routes';

// Predicate objects, not functions, so that app-config can replace them.
const hasProject = {
  [`metadata.annotations.${ENTITY_PROJECT_ANNOTATION}`]: { $exists: true },
} as const;
const namesFluxObjects = {
  [`metadata.annotations.${FLUX_OBJECTS_ANNOTATION}`]: { $exists: true },
} as const;
const underGitops = { $any: [hasProject, namesFluxObjects] };

export const gitopsApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: gitopsApiRef,
      deps: { fetchApi: fetchApiRef, appLanguageApi: appLanguageApiRef },
      factory: options => new GitopsClient(options),
    }),
});

export const fleetPage = PageBlueprint.makeWithOverrides({
  configSchema: {
    /** Path of the GitOps tab on entity pages, where it was changed. */
    entityTabPath: z.string().startsWith('/').default('/gitops'),
  },
  factory: (original, { config }) =>
    original({
      path: '/gitops',
      title: 'GitOps',
      icon: <RiGitMergeLine />,
      routeRef: fleetRouteRef,
      loader: async () => {
        const { FleetPage } = await import('./components/fleet/FleetPage');
        return <FleetPage entityTabPath={config.entityTabPath} />;
      },
    }),
});

// Without a route of its own, which would make it an item of the navigation.
export const connectionsPage = PageBlueprint.make({
  name: 'connections',
  params: {
    path: '/gitops/connections',
    title: 'Git connections',
    loader: async () => {
      const { ConnectionsPage } = await import(
        './components/connections/ConnectionsPage'
      );
      return <ConnectionsPage />;
    },
  },
});

export const entityGitopsCard = EntityCardBlueprint.make({
  params: {
    filter: underGitops,
    type: 'content',
    loader: async () => <EarlyEntityGitopsCard />,
  },
}).override({
  // Its own lazy part is all there is to wait for: the loader would add a round to it.
  factory: (originalFactory, { node }) => [
    ...originalFactory(),
    coreExtensionData.reactElement(
      <ExtensionBoundary node={node}>
        <EarlyEntityGitopsCard />
      </ExtensionBoundary>,
    ),
  ],
});

export const entityGitopsContent = EntityContentBlueprint.make({
  params: {
    path: '/gitops',
    title: 'GitOps',
    group: 'deployment',
    icon: <RiGitMergeLine />,
    filter: underGitops,
    loader: async () => {
      const { EntityGitopsContent } = await import(
        './components/content/EntityGitopsContent'
      );
      return <EntityGitopsContent />;
    },
  },
});

export const repositoryPicker = FormFieldBlueprint.make({
  name: 'repository-picker',
  params: {
    field: async () => {
      const { repositoryPickerField } = await import(
        './form/repositoryPickerField'
      );
      return createFormField(repositoryPickerField);
    },
  },
});

export const environmentPicker = FormFieldBlueprint.make({
  name: 'environment-picker',
  params: {
    field: async () => {
      const { environmentPickerField } = await import(
        './form/environmentPickerField'
      );
      return createFormField(environmentPickerField);
    },
  },
});

/**
 * Shows what runs where: a card and a tab for every entity that belongs to a
 * project or names Flux objects, and a page for all projects. Keeps the user's connections to
 * Git hosts. Asks in template forms for the repository and the environments.
 * @public
 */
export const gitopsFrontendPlugin = createFrontendPlugin({
  pluginId: 'gitops',
  title: 'GitOps',
  icon: <RiGitMergeLine />,
  info: { packageJson: () => import('../package.json') },
  routes: { root: fleetRouteRef },
  extensions: [
    gitopsApi,
    fleetPage,
    connectionsPage,
    entityGitopsCard,
    entityGitopsContent,
    repositoryPicker,
    environmentPicker,
  ],
});

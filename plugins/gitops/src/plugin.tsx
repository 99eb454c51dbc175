import {
  ApiBlueprint,
  createFrontendPlugin,
  fetchApiRef,
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
import { ENTITY_PROJECT_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from './api/GitopsApi';
import { GitopsClient } from './api/GitopsClient';

// A predicate object, not a function, so that app-config can replace it.
const hasProject = {
  [`metadata.annotations.${ENTITY_PROJECT_ANNOTATION}`]: { $exists: true },
} as const;

export const gitopsApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: gitopsApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => new GitopsClient({ fetchApi }),
    }),
});

export const entityGitopsCard = EntityCardBlueprint.make({
  params: {
    filter: hasProject,
    type: 'content',
    loader: async () => {
      const { EntityGitopsCard } = await import(
        './components/card/EntityGitopsCard'
      );
      return <EntityGitopsCard />;
    },
  },
});

export const entityGitopsContent = EntityContentBlueprint.make({
  params: {
    path: '/gitops',
    title: 'GitOps',
    group: 'deployment',
    icon: <RiGitMergeLine />,
    filter: hasProject,
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

/**
 * Shows in the catalog what runs where: a card and a tab for every entity that
 * carries the project annotation. Asks in template forms for the repository.
 * @public
 */
export const gitopsFrontendPlugin = createFrontendPlugin({
  pluginId: 'gitops',
  title: 'GitOps',
  icon: <RiGitMergeLine />,
  info: { packageJson: () => import('../package.json') },
  extensions: [
    gitopsApi,
    entityGitopsCard,
    entityGitopsContent,
    repositoryPicker,
  ],
});

import { useEffect, useState } from 'react';
import { screen } from '@testing-library/react';
import { Route, Routes } from 'react-router-dom';
import type { Entity } from '@backstage/catalog-model';
import {
  createExtensionTester,
  renderTestApp,
} from '@backstage/frontend-test-utils';
import {
  coreExtensionData,
  createExtensionInput,
  createFrontendPlugin,
  PageBlueprint,
  useApi,
} from '@backstage/frontend-plugin-api';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import scaffolderPlugin from '@backstage/plugin-scaffolder/alpha';
import {
  ScaffolderFieldExtensions,
  useCustomFieldExtensions,
} from '@backstage/plugin-scaffolder-react';
import { formFieldsApiRef } from '@backstage/plugin-scaffolder-react/alpha';
import {
  renderInTestApp as renderInLegacyTestApp,
  TestApiProvider,
} from '@backstage/test-utils';
import { FLUX_OBJECTS_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import { Portal } from './__testUtils__/portal';
import { shopEntity, testClient } from './__testUtils__/renderForEntity';
import plugin, {
  EntityGitopsCard,
  EntityGitopsContent,
  gitopsApiRef,
  GitopsEnvironmentPickerFieldExtension,
  gitopsPlugin,
  GitopsRepositoryPickerFieldExtension,
  isGitopsAvailable,
} from './index';
import { entityGitopsCard, entityGitopsContent } from './plugin';

const plainEntity: Entity = {
  ...shopEntity,
  metadata: { name: 'plain', annotations: { 'example.com/a': 'b' } },
};

/** Has no project, and names an object of somebody else. */
const namingEntity: Entity = {
  ...shopEntity,
  metadata: {
    name: 'naming',
    annotations: { [FLUX_OBJECTS_ANNOTATION]: 'HelmRelease/apps/web@main' },
  },
};

/** Fields are opaque to all but the scaffolder; their name is what templates use. */
function nameOf(field: object): string {
  return 'name' in field ? String(field.name) : '';
}

describe('plugin for the new frontend system', () => {
  const portal = Portal.create();

  it('offers card and tab where an annotation is, and can be filtered by config', () => {
    const filters = [
      createExtensionTester(entityGitopsCard).get(
        EntityCardBlueprint.dataRefs.filterFunction,
      ),
      createExtensionTester(entityGitopsContent).get(
        EntityContentBlueprint.dataRefs.filterFunction,
      ),
    ];
    for (const filter of filters) {
      expect(filter?.(shopEntity)).toBe(true);
      expect(filter?.(namingEntity)).toBe(true);
      expect(filter?.(plainEntity)).toBe(false);
    }
    const configured = createExtensionTester(entityGitopsCard, {
      config: { filter: { kind: 'system' } },
    }).get(EntityCardBlueprint.dataRefs.filterFunction);
    expect(configured?.(shopEntity)).toBe(false);

    const tab = createExtensionTester(entityGitopsContent);
    expect(tab.get(coreExtensionData.routePath)).toBe('/gitops');
    expect(tab.get(EntityContentBlueprint.dataRefs.title)).toBe('GitOps');
  });

  it('runs in an app with its own client, one read for card and tab', async () => {
    // An entity page as plain as can be: every card and tab of the catalog.
    const entityPage = PageBlueprint.makeWithOverrides({
      name: 'entity',
      inputs: {
        cards: createExtensionInput([coreExtensionData.reactElement]),
        contents: createExtensionInput([coreExtensionData.reactElement]),
      },
      factory: (original, { inputs }) =>
        original({
          path: '/',
          noHeader: true,
          loader: async () => (
            <EntityProvider entity={shopEntity}>
              {[...inputs.cards, ...inputs.contents].map(input => (
                <div key={input.node.spec.id}>
                  {input.get(coreExtensionData.reactElement)}
                </div>
              ))}
            </EntityProvider>
          ),
        }),
    });
    renderTestApp({
      features: [
        createFrontendPlugin({
          pluginId: 'catalog',
          extensions: [entityPage],
        }),
        plugin.withOverrides({
          extensions: [
            entityGitopsCard.override({
              attachTo: { id: 'page:catalog/entity', input: 'cards' },
            }),
            entityGitopsContent.override({
              attachTo: { id: 'page:catalog/entity', input: 'contents' },
            }),
          ],
        }),
      ],
      config: { backend: { baseUrl: 'http://portal.test' } },
    });
    expect(
      await screen.findByRole('heading', {
        name: 'All 3 environments are ready',
      }),
    ).toBeInTheDocument();
    expect(screen.getByRole('heading', { name: 'GitOps' })).toBeInTheDocument();
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
  });
});

describe('field of template forms', () => {
  it('is found by the scaffolder of an app on the new frontend system', async () => {
    function FieldNames() {
      const formFieldsApi = useApi(formFieldsApiRef);
      const [names, setNames] = useState('');
      useEffect(() => {
        void formFieldsApi
          .loadFormFields()
          .then(fields => setNames(fields.map(nameOf).join(' ')));
      }, [formFieldsApi]);
      return <p>Fields: {names}</p>;
    }
    const page = PageBlueprint.make({
      params: {
        path: '/',
        noHeader: true,
        loader: async () => <FieldNames />,
      },
    });
    renderTestApp({
      features: [
        scaffolderPlugin,
        plugin,
        createFrontendPlugin({ pluginId: 'fields', extensions: [page] }),
      ],
    });
    expect(
      await screen.findByText(
        /^Fields: (?=.*\bGitopsRepositoryPicker\b).*\bGitopsEnvironmentPicker\b/,
      ),
    ).toBeInTheDocument();
  });

  it('is found by the scaffolder of an app on the older frontend system', async () => {
    function FieldNames() {
      const fields = useCustomFieldExtensions(
        <ScaffolderFieldExtensions>
          <GitopsRepositoryPickerFieldExtension />
          <GitopsEnvironmentPickerFieldExtension />
        </ScaffolderFieldExtensions>,
      );
      return <p>Fields: {fields.map(nameOf).join(' ')}</p>;
    }
    await renderInLegacyTestApp(<FieldNames />);
    expect(
      await screen.findByText(
        'Fields: GitopsRepositoryPicker GitopsEnvironmentPicker',
      ),
    ).toBeInTheDocument();
  });
});

describe('plugin for the older frontend system', () => {
  const portal = Portal.create();

  it('knows which entities it is for, and brings its API', () => {
    expect(isGitopsAvailable(shopEntity)).toBe(true);
    expect(isGitopsAvailable(namingEntity)).toBe(true);
    expect(isGitopsAvailable(plainEntity)).toBe(false);
    expect([...gitopsPlugin.getApis()].map(factory => factory.api.id)).toEqual([
      gitopsApiRef.id,
    ]);
  });

  it('shows the same card and tab', async () => {
    await renderInLegacyTestApp(
      <TestApiProvider apis={[[gitopsApiRef, testClient()]]}>
        <EntityProvider entity={shopEntity}>
          <EntityGitopsCard />
          <Routes>
            <Route path="/" element={<EntityGitopsContent />} />
          </Routes>
        </EntityProvider>
      </TestApiProvider>,
      { mountedRoutes: { '/gitops': gitopsPlugin.routes.entityContent } },
    );
    expect(
      await screen.findByRole('heading', {
        name: 'All 3 environments are ready',
      }),
    ).toBeInTheDocument();
    expect(screen.getAllByRole('listitem', { name: 'Staging' })).toHaveLength(
      2,
    );
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
  });
});

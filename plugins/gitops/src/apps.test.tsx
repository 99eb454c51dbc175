import { configure, render, screen } from '@testing-library/react';
import { createApp } from '@backstage/app-defaults';
import { AppRouter, FlatRoutes } from '@backstage/core-app-api';
import { createApiFactory } from '@backstage/core-plugin-api';
import { renderTestApp } from '@backstage/frontend-test-utils';
import {
  CatalogEntityPage,
  CatalogIndexPage,
  catalogPlugin,
  EntityLayout,
  EntitySwitch,
} from '@backstage/plugin-catalog';
import newCatalogPlugin from '@backstage/plugin-catalog/alpha';
import {
  ApiBlueprint,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { http, HttpResponse } from 'msw';
import { Route } from 'react-router-dom';
import { drawWindow } from './__testUtils__/drawWindow';
import { Portal } from './__testUtils__/portal';
import { GITOPS_URL, shopEntity } from './__testUtils__/renderForEntity';
import plugin, {
  EntityGitopsCard,
  EntityGitopsContent,
  GitopsConnectionsPage,
  GitopsFleetPage,
  gitopsPlugin,
  isGitopsAvailable,
} from './index';

// What is loaded lazily is compiled here on first use, which takes its time on a
// busy machine.
jest.setTimeout(120_000);
configure({ asyncUtilTimeout: 40_000 });

const config = {
  app: { title: 'Portal', baseUrl: 'http://localhost' },
  backend: { baseUrl: 'http://portal.test' },
};
const catalogApi = catalogApiMock({ entities: [shopEntity] });

/** Opens an app on the older system, made as the README says. */
function openOlderApp(path: string) {
  window.history.replaceState({}, '', path);
  const app = createApp({
    configLoader: async () => [{ context: 'test', data: config }],
    apis: [
      createApiFactory({
        api: catalogApiRef,
        deps: {},
        factory: () => catalogApi,
      }),
    ],
    plugins: [catalogPlugin, gitopsPlugin],
  });
  const overview = (
    <EntitySwitch>
      <EntitySwitch.Case if={isGitopsAvailable}>
        <EntityGitopsCard />
      </EntitySwitch.Case>
    </EntitySwitch>
  );
  const Root = app.createRoot(
    <AppRouter>
      <FlatRoutes>
        <Route path="/catalog" element={<CatalogIndexPage />} />
        <Route
          path="/catalog/:namespace/:kind/:name"
          element={<CatalogEntityPage />}
        >
          <EntityLayout>
            <EntityLayout.Route path="/" title="Overview">
              {overview}
            </EntityLayout.Route>
            <EntityLayout.Route
              path="/gitops"
              title="GitOps"
              if={isGitopsAvailable}
            >
              <EntityGitopsContent />
            </EntityLayout.Route>
          </EntityLayout>
        </Route>
        <Route path="/gitops" element={<GitopsFleetPage />} />
        <Route path="/gitops/connections" element={<GitopsConnectionsPage />} />
      </FlatRoutes>
    </AppRouter>,
  );
  render(<Root />);
}

/** An app on the new system that found the plugin among its packages. */
function openNewApp(path: string) {
  renderTestApp({
    features: [
      newCatalogPlugin,
      plugin,
      createFrontendModule({
        pluginId: 'catalog',
        extensions: [
          ApiBlueprint.make({
            params: define =>
              define({
                api: catalogApiRef,
                deps: {},
                factory: () => catalogApi,
              }),
          }),
        ],
      }),
    ],
    config,
    initialRouteEntries: [path],
  });
}

describe.each([
  ['older', openOlderApp],
  ['new', openNewApp],
])('an app on the %s frontend system', (_, open) => {
  const portal = Portal.create();
  drawWindow({ window: 600, row: 84 });
  beforeEach(() => {
    portal.server.use(
      http.get(`${GITOPS_URL}/projects`, () =>
        HttpResponse.json({
          items: [
            {
              slug: 'shop',
              name: 'Shop of the fleet',
              status: 'active',
              entityRef: 'component:default/shop',
              ownerRef: 'group:default/shop-team',
              version: 1,
              environments: [
                { name: 'live', cluster: 'main', status: 'ready' },
              ],
            },
          ],
          total: 1,
          states: { ready: 1 },
        }),
      ),
      http.get(`${GITOPS_URL}/connections`, () =>
        HttpResponse.json({ items: [] }),
      ),
      http.get(`${GITOPS_URL}/connections/hosts`, () =>
        HttpResponse.json({ items: [] }),
      ),
    );
  });

  it('has the fleet page, which leads to entities and to connections', async () => {
    open('/gitops');
    expect(
      await screen.findByRole('link', { name: 'Shop of the fleet' }),
    ).toHaveAttribute('href', '/catalog/default/component/shop/gitops');
    expect(
      screen.getByRole('link', { name: 'Git connections' }),
    ).toHaveAttribute('href', '/gitops/connections');
  });

  it('has the page of connections', async () => {
    open('/gitops/connections');
    expect(
      await screen.findByText('This portal offers no Git host to connect to'),
    ).toBeInTheDocument();
    expect(screen.getByRole('link', { name: /All projects/ })).toHaveAttribute(
      'href',
      '/gitops',
    );
  });

  it('has the card on the overview of an entity', async () => {
    const languages = new Set<string | null>();
    const listen = ({ request }: { request: Request }) =>
      languages.add(request.headers.get('Accept-Language'));
    portal.server.events.on('request:start', listen);
    open('/catalog/default/component/shop');
    expect(
      await screen.findByRole('listitem', { name: 'Production' }),
    ).toHaveTextContent('Ready');
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
    // Of the app, not of the browser.
    expect([...languages]).toContain('en');
    portal.server.events.removeListener('request:start', listen);
  });

  it('has the tab on entity pages', async () => {
    open('/catalog/default/component/shop/gitops');
    expect(
      await screen.findByRole('list', { name: 'Environments' }),
    ).toHaveTextContent('Production');
    expect(
      screen.getByRole('button', { name: /Credentials/ }),
    ).toBeInTheDocument();
  });
});

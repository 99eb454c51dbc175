import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  createMockDirectory,
  mockCredentials,
  startTestBackend,
} from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import { catalogLocationsExtensionPoint } from '@backstage/plugin-catalog-node';
import catalogModuleGitops from '.';

const directory = createMockDirectory();
let baseUrl: string;

beforeAll(async () => {
  const { server } = await startTestBackend({
    features: [
      catalogPlugin,
      catalogModuleGitops,
      createBackendModule({
        pluginId: 'catalog',
        moduleId: 'file-locations',
        register(reg) {
          reg.registerInit({
            deps: { locations: catalogLocationsExtensionPoint },
            async init({ locations }) {
              locations.setAllowedLocationTypes(['file']);
            },
          });
        },
      }),
    ],
  });
  baseUrl = `http://127.0.0.1:${server.port()}/api/catalog`;
});

/** Asks the catalog to read and process an entity without keeping it. */
async function process(annotations: Record<string, string>) {
  directory.setContent({
    'catalog-info.yaml': JSON.stringify({
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'cart', annotations },
      spec: { type: 'service', lifecycle: 'production', owner: 'shop' },
    }),
  });
  const response = await fetch(`${baseUrl}/locations?dryRun=true`, {
    method: 'POST',
    headers: {
      Authorization: mockCredentials.user.header(),
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      type: 'file',
      target: directory.resolve('catalog-info.yaml'),
    }),
  });
  return { status: response.status, body: await response.text() };
}

describe('catalogModuleGitops', () => {
  it.each<[string, Record<string, string>]>([
    ['with the name of a project', { 'backstage-gitops.dev/project': 'cart' }],
    ['without a project', { 'example.com/project': 'Cart' }],
  ])('lets an entity pass %s', async (_, annotations) => {
    const { status, body } = await process(annotations);
    expect(body).toContain('"name":"cart"');
    expect(status).toBe(201);
  });

  it.each([
    ['Cart_1', "project name 'Cart_1' must consist of lower case letters"],
    ['', "project name '' must consist of lower case letters"],
    ['c'.repeat(60), 'Kubernetes allows 63'],
  ])('reports %p', async (slug, problem) => {
    const { status, body } = await process({
      'backstage-gitops.dev/project': slug,
    });
    expect(status).toBe(400);
    expect(body).toContain(
      'The annotation backstage-gitops.dev/project names no GitOps project',
    );
    expect(body).toContain(problem);
    expect(body).toContain('take the annotation away');
  });

  it('reports what is wrong with an annotation of Flux objects', async () => {
    const good = await process({
      'backstage-gitops.dev/flux-objects': 'HelmRelease/apps/cart@production',
    });
    expect(good.status).toBe(201);
    const { status, body } = await process({
      'backstage-gitops.dev/flux-objects': 'Secret/apps/cart@production',
    });
    expect(status).toBe(400);
    expect(body).toContain("'Secret' is no kind that can be shown");
  });
});

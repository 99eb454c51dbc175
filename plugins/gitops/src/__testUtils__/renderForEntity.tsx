import type { ReactElement } from 'react';
import type { RenderResult } from '@testing-library/react';
import type { Entity } from '@backstage/catalog-model';
import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { ENTITY_PROJECT_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../api/GitopsApi';
import { GitopsClient } from '../api/GitopsClient';
import { speaking } from './speaking';
import { TestSignalApi } from './TestSignalApi';

/** Where the tests' backend answers. */
export const GITOPS_URL = 'http://portal.test/api/gitops';

/** A component that says it belongs to the project `shop`. */
export const shopEntity: Entity = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'shop',
    namespace: 'default',
    annotations: { [ENTITY_PROJECT_ANNOTATION]: 'shop' },
  },
};

/** A client that reaches the tests' backend over HTTP. */
export function testClient(): GitopsClient {
  return new GitopsClient({
    fetchApi: mockApis.fetch({
      resolvePluginProtocol: {
        discoveryApi: mockApis.discovery({ baseUrl: 'http://portal.test' }),
      },
    }),
  });
}

/** Renders something inside the page of an entity, `shop` unless another is given. */
export function renderForEntity(
  element: ReactElement,
  options: {
    signals?: boolean;
    path?: string;
    entity?: Entity;
    /** Language of the app, if it is not English. */
    language?: string;
  } = { signals: true },
): RenderResult & { signals: TestSignalApi } {
  const { entity = shopEntity } = options;
  const signals = new TestSignalApi();
  const client = testClient();
  const page = <EntityProvider entity={entity}>{element}</EntityProvider>;
  const app = {
    initialRouteEntries: [options.path ?? '/'],
    ...(options.language && { config: speaking(options.language) }),
  };
  const rendered = options.signals
    ? renderInTestApp(page, {
        ...app,
        apis: [
          [gitopsApiRef, client],
          [signalApiRef, signals],
        ],
      })
    : renderInTestApp(page, { ...app, apis: [[gitopsApiRef, client]] });
  return { ...rendered, signals };
}

import type { ReactElement } from 'react';
import type { RenderResult } from '@testing-library/react';
import type { Entity } from '@backstage/catalog-model';
import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { identityApiRef } from '@backstage/core-plugin-api';
import {
  catalogApiRef,
  entityRouteRef,
  MockStarredEntitiesApi,
  starredEntitiesApiRef,
} from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { useLocation } from 'react-router-dom';
import { gitopsApiRef } from '../api/GitopsApi';
import { fleetRouteRef } from '../routes';
import { testClient } from './renderForEntity';
import { speaking } from './speaking';
import { TestSignalApi } from './TestSignalApi';

export interface PageOptions {
  /** Path with its query. */
  path?: string;
  entities?: Entity[];
  ownership?: string[];
  starred?: string[];
  /** Language of the app, if it is not English. */
  language?: string;
}

/** Renders a page of the plugin in an app that knows users, catalog and stars. */
export function renderPage(
  element: ReactElement,
  options: PageOptions = {},
): RenderResult & { signals: TestSignalApi } {
  const {
    path = '/',
    entities = [],
    ownership = [],
    starred = [],
    language,
  } = options;
  const signals = new TestSignalApi();
  const stars = new MockStarredEntitiesApi();
  for (const reference of starred) {
    void stars.toggleStarred(reference);
  }
  const rendered = renderInTestApp(
    <>
      {element}
      <Address />
    </>,
    {
      apis: [
        [gitopsApiRef, testClient()],
        [signalApiRef, signals],
        [catalogApiRef, catalogApiMock({ entities })],
        [starredEntitiesApiRef, stars],
        [
          identityApiRef,
          mockApis.identity({
            userEntityRef: 'user:default/jane',
            ownershipEntityRefs: ownership,
          }),
        ],
      ],
      mountedRoutes: {
        '/gitops': fleetRouteRef,
        '/catalog/:namespace/:kind/:name': entityRouteRef,
      },
      initialRouteEntries: [path],
      ...(language && { config: speaking(language) }),
    },
  );
  return { ...rendered, signals };
}

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="Address">{`${pathname}${search}`}</output>;
}

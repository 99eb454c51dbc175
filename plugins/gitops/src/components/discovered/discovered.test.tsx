import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import type { Entity } from '@backstage/catalog-model';
import {
  type DiscoveredDocument,
  ENTITY_PROJECT_ANNOTATION,
  FLUX_OBJECTS_ANNOTATION,
} from '@backstage-gitops/plugin-gitops-common';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { findA11yProblems } from '../../__testUtils__/findA11yProblems';
import { Portal } from '../../__testUtils__/portal';
import { ago } from '../../__testUtils__/projectDocument';
import {
  GITOPS_URL,
  renderForEntity,
  shopEntity,
} from '../../__testUtils__/renderForEntity';
import { EntityGitopsCard } from '../card/EntityGitopsCard';
import { EntityGitopsContent } from '../content/EntityGitopsContent';

function shopWith(annotations: Record<string, string>): Entity {
  return { ...shopEntity, metadata: { ...shopEntity.metadata, annotations } };
}

const named = { [FLUX_OBJECTS_ANNOTATION]: 'HelmRelease/apps/web@main' };
const both = shopWith({ ...named, [ENTITY_PROJECT_ANNOTATION]: 'shop' });
const alone = shopWith(named);

const web = {
  kind: 'HelmRelease',
  name: 'web',
  namespace: 'apps',
  cluster: 'main',
  attributes: {},
};

function discoveredDocument(
  overrides: Partial<DiscoveredDocument> = {},
): DiscoveredDocument {
  const serverTime = new Date().toISOString();
  return {
    entityRef: 'component:default/shop',
    discovered: [
      {
        ...web,
        status: 'failed',
        since: ago(600),
        revision: '6.5.4',
        message: 'values don’t meet the schema',
        diagnosis: {
          id: 'H5',
          cause: 'The values do not fit the chart.',
          subject: { kind: 'HelmRelease', name: 'web', namespace: 'apps' },
          nextStep: 'Correct spec.values.',
          message: 'values don’t meet the schema',
        },
      },
      { ...web, name: 'edge', status: 'ready', cluster: 'far', since: ago(60) },
    ],
    clusters: [
      { name: 'main', state: 'live', lastSyncedAt: serverTime },
      {
        name: 'far',
        state: 'unreachable',
        lastSyncedAt: ago(7200),
        error: 'The address does not answer.',
      },
    ],
    serverTime,
    ...overrides,
  };
}

describe.each([
  ['the card', EntityGitopsCard],
  ['the tab', EntityGitopsContent],
])('objects of others on %s', (_, Part) => {
  const portal = Portal.create();
  const url = `${GITOPS_URL}/entities/component/default/shop/discovered`;
  let answer: () => Response;
  beforeEach(() => {
    answer = () => HttpResponse.json(discoveredDocument());
    portal.server.use(http.get(url, () => answer()));
  });

  it('stand beside the environments, said to be observed only, with state and diagnosis', async () => {
    renderForEntity(<Part />, { entity: both });
    const section = await screen.findByRole('region', {
      name: /Other Flux objects.*Observed only/,
    });
    expect(await screen.findAllByText('Production')).not.toHaveLength(0);
    const failed = await within(section).findByRole('listitem', {
      name: 'HelmRelease web',
    });
    expect(within(failed).getByText('Failed')).toBeInTheDocument();
    expect(within(failed).getByText('10 minutes ago')).toBeInTheDocument();
    expect(within(failed).getByText('6.5.4')).toBeInTheDocument();
    expect(failed).toHaveTextContent('The values do not fit the chart.');
    await userEvent.click(within(failed).getByText('Next step'));
    expect(within(failed).getByText('Correct spec.values.')).toBeVisible();
    const old = within(section).getByRole('listitem', {
      name: 'HelmRelease edge',
    });
    expect(old).toHaveTextContent(
      /Unknown.*last known Ready.*The address does not answer\./,
    );
    expect(await findA11yProblems()).toEqual([]);
  });

  it('take the place of a project where there is none', async () => {
    portal.refuse(404, 'nothing here');
    renderForEntity(<Part />, { entity: alone });
    expect(
      await screen.findByRole('listitem', { name: 'HelmRelease web' }),
    ).toBeInTheDocument();
    expect(screen.queryByText(/Not under GitOps/)).not.toBeInTheDocument();
  });

  it('tell when none is known and when they cannot be read', async () => {
    answer = () => HttpResponse.json(discoveredDocument({ discovered: [] }));
    const { unmount } = renderForEntity(<Part />, { entity: both });
    expect(
      await screen.findByText(/None of the objects that this component names/),
    ).toBeInTheDocument();
    unmount();

    answer = () => errorResponse(503, 'the catalog does not answer');
    renderForEntity(<Part />, { entity: both });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'the catalog does not answer',
    );
    answer = () => HttpResponse.json(discoveredDocument());
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('listitem', { name: 'HelmRelease web' }),
    ).toBeInTheDocument();
    await waitFor(() =>
      expect(screen.queryByRole('alert')).not.toBeInTheDocument(),
    );
  });

  it('are not asked for by entities that name none', async () => {
    renderForEntity(<Part />);
    expect(await screen.findAllByText('Production')).not.toHaveLength(0);
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
  });
});

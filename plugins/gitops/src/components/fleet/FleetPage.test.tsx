import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import {
  type FleetPage as FleetAnswer,
  GITOPS_SIGNAL_CHANNEL,
  type ProjectSummaryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { drawWindow } from '../../__testUtils__/drawWindow';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { findA11yProblems } from '../../__testUtils__/findA11yProblems';
import { ago } from '../../__testUtils__/projectDocument';
import { GITOPS_URL, shopEntity } from '../../__testUtils__/renderForEntity';
import { renderPage } from '../../__testUtils__/renderPage';
import { setVisibility } from '../../__testUtils__/visibility';
import { FleetPage } from './FleetPage';

const NEW = 'a1'.repeat(20);
const OLD = 'b2'.repeat(20);

function project(
  slug: string,
  overrides: Partial<ProjectSummaryDocument> = {},
): ProjectSummaryDocument {
  return {
    slug,
    name: slug,
    status: 'active',
    entityRef: `component:default/${slug}`,
    ownerRef: 'group:default/shop-team',
    version: 1,
    environments: ['development', 'staging', 'production'].map(name => ({
      name,
      cluster: 'main',
      status: 'ready',
      commit: NEW,
      since: ago(7200),
    })),
    ...overrides,
  };
}

const live = {
  name: 'main',
  state: 'live',
  lastSyncedAt: ago(1),
  ageMs: 1_000,
} as const;

describe('FleetPage', () => {
  const server = setupServer();
  let asked: URLSearchParams[] = [];
  let answer: (query: URLSearchParams) => FleetAnswer | Response;

  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  drawWindow({ window: 600, row: 84 });
  beforeEach(() => {
    setVisibility('visible');
    asked = [];
    answer = () => ({
      items: [project('shop')],
      total: 1,
      states: { ready: 3 },
      clusters: [live],
    });
    server.resetHandlers(
      http.get(`${GITOPS_URL}/projects`, ({ request }) => {
        const query = new URL(request.url).searchParams;
        asked.push(query);
        const given = answer(query);
        return given instanceof Response ? given : HttpResponse.json(given);
      }),
    );
  });

  const rows = () => screen.findAllByRole('rowheader');
  const address = () => screen.getByRole('status', { name: 'Address' });
  const lastAsked = () => asked[asked.length - 1];

  it('shows each project by environment, what is behind what, and where to look closer', async () => {
    answer = () => ({
      items: [
        project('cart', {
          environments: [
            {
              name: 'development',
              cluster: 'main',
              status: 'ready',
              commit: NEW,
              since: ago(60),
            },
            {
              name: 'staging',
              cluster: 'main',
              status: 'ready',
              commit: NEW,
              since: ago(60),
            },
            {
              name: 'production',
              cluster: 'main',
              status: 'failed',
              commit: OLD,
              since: ago(600),
              cause: "Overlay 'project-cart/overlays' does not exist",
            },
            { name: 'canary', cluster: 'main', status: 'pending' },
          ],
        }),
        project('shop'),
        project('till', { status: 'failed', environments: [] }),
      ],
      total: 3,
      states: { failed: 1, pending: 1, ready: 5 },
      clusters: [live],
    });
    const { container } = renderPage(<FleetPage />);
    const table = await screen.findByRole('table', {
      name: 'Projects and their environments',
    });
    expect(
      within(table)
        .getAllByRole('columnheader')
        .map(header => header.textContent),
    ).toEqual(['Project', 'development', 'staging', 'production', 'canary']);
    expect(table).toHaveAttribute('aria-rowcount', '4');

    const [, cart, , till] = within(table).getAllByRole('row');
    const [, staging, production] = within(cart).getAllByRole('cell');
    expect(
      within(staging).getByRole('img', { name: 'Same commit as development' }),
    ).toBeInTheDocument();
    expect(
      within(production).getByRole('img', {
        name: 'Not the commit of staging',
      }),
    ).toHaveTextContent('≠ staging');
    expect(
      within(production).getByText("Overlay 'overlays' does not exist"),
    ).toHaveAttribute(
      'title',
      "Overlay 'project-cart/overlays' does not exist",
    );
    expect(within(production).getByText('b2b2b2b')).toBeInTheDocument();
    expect(
      within(cart).getByRole('link', { name: 'cart in production: Failed' }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/component/cart/gitops?environment=production',
    );
    expect(within(till).getByText('Set-up failed')).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'Git connections' }),
    ).toHaveAttribute('href', '/gitops/connections');
    expect(
      within(screen.getByRole('list', { name: 'Clusters' })).getByRole(
        'listitem',
      ),
    ).toHaveTextContent('main live');
    await expect(findA11yProblems(container)).resolves.toEqual([]);

    // Links are followed without loading the portal anew.
    await userEvent.click(within(cart).getByRole('link', { name: 'cart' }));
    expect(address()).toHaveTextContent(
      '/catalog/default/component/cart/gitops',
    );
  });

  it('narrows by the counts of the states, and can be shared by its address', async () => {
    answer = query => ({
      items: query.has('state') ? [project('cart')] : [project('shop')],
      total: 1,
      states: { failed: 2, ready: 7 },
    });
    const user = userEvent.setup();
    renderPage(<FleetPage />, { path: '/?cluster=main&order=name' });
    expect(await rows()).toHaveLength(1);
    expect(lastAsked().get('order')).toBe('name');
    expect(lastAsked().getAll('cluster')).toEqual(['main']);

    await user.click(
      screen.getByRole('button', { name: /^Failed\s+2 environments$/ }),
    );
    expect(await screen.findByText('cart')).toBeInTheDocument();
    expect(lastAsked().getAll('state')).toEqual(['failed']);
    expect(address()).toHaveTextContent(
      '/?state=failed&cluster=main&order=name',
    );

    await user.type(
      screen.getByRole('searchbox', { name: 'Search projects' }),
      'car',
    );
    await waitFor(() => expect(lastAsked().get('text')).toBe('car'));
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(await screen.findByText('shop')).toBeInTheDocument();
    expect(address()).toHaveTextContent('/?order=name');
  });

  it("offers the catalog's owners, and shows what is mine or starred", async () => {
    const user = userEvent.setup();
    renderPage(<FleetPage />, {
      entities: [
        {
          ...shopEntity,
          relations: [
            { type: 'ownedBy', targetRef: 'group:default/till-team' },
          ],
        },
      ],
      ownership: ['user:default/jane', 'group:default/shop-team'],
      starred: ['component:default/shop'],
    });
    await rows();
    await user.click(screen.getByRole('button', { name: /Owner/ }));
    await user.click(await screen.findByRole('option', { name: 'till-team' }));
    await waitFor(() =>
      expect(lastAsked().getAll('owner')).toEqual(['group:default/till-team']),
    );
    await user.keyboard('{Escape}');
    await user.click(await screen.findByRole('button', { name: 'Mine' }));
    // Somebody else's team is none of mine.
    expect(await screen.findByText('No project matches')).toBeInTheDocument();
    await user.click(
      screen.getAllByRole('button', { name: 'Clear filters' })[0],
    );

    await user.click(await screen.findByRole('button', { name: 'Mine' }));
    await waitFor(() =>
      expect(lastAsked().getAll('owner')).toEqual([
        'user:default/jane',
        'group:default/shop-team',
      ]),
    );
    await user.click(screen.getByRole('button', { name: 'Starred' }));
    await waitFor(() =>
      expect(lastAsked().getAll('entity')).toEqual(['component:default/shop']),
    );
  });

  it('draws a window of a thousand projects and reads on as one scrolls', async () => {
    answer = query => {
      const from = Number(query.get('cursor') ?? 0);
      const limit = Number(query.get('limit'));
      return {
        items: Array.from({ length: Math.min(limit, 1000 - from) }, (_, i) =>
          project(`p${from + i}`),
        ),
        ...(from === 0 && { total: 1000, states: { ready: 3000 } }),
        ...(from + limit < 1000 && { nextCursor: String(from + limit) }),
      };
    };
    renderPage(<FleetPage />);
    const table = await screen.findByRole('table');
    expect(screen.getByText('1000 projects')).toBeInTheDocument();
    expect(within(table).getAllByRole('rowheader').length).toBeLessThan(40);
    expect(asked).toHaveLength(1);

    act(() => {
      table.scrollTop = 95 * 84;
      table.dispatchEvent(new Event('scroll'));
    });
    expect(await screen.findByText('p100')).toBeInTheDocument();
    expect(lastAsked().get('cursor')).toBe('100');
    expect(within(table).getAllByRole('rowheader').length).toBeLessThan(40);
    expect(screen.queryByText('p0')).not.toBeInTheDocument();
  });

  it('reads once for a burst of signals, and keeps the place', async () => {
    const { signals } = renderPage(<FleetPage />);
    await rows();
    expect(asked).toHaveLength(1);
    answer = () => ({
      items: [project('cart'), project('shop')],
      total: 2,
      states: {},
    });
    act(() => {
      for (let version = 2; version < 50; version += 1) {
        signals.publish(GITOPS_SIGNAL_CHANNEL, { versions: { p: version } });
      }
    });
    expect(await screen.findByText('cart')).toBeInTheDocument();
    expect(asked).toHaveLength(2);
  });

  it('never draws an old state as the present one', async () => {
    answer = () => ({
      items: [project('shop')],
      total: 1,
      states: { ready: 3 },
      clusters: [
        {
          name: 'main',
          state: 'unreachable',
          lastSyncedAt: ago(300),
          ageMs: 300_000,
          error: 'connection refused',
        },
      ],
    });
    renderPage(<FleetPage />);
    const [cell] = await screen.findAllByRole('cell');
    expect(within(cell).getByText('Unknown')).toBeInTheDocument();
    expect(cell).toHaveTextContent('last known Ready');
    expect(screen.getByRole('listitem')).toHaveTextContent(
      'main not reachable, last heard 5 minutes ago',
    );
  });

  it('says why there is nothing to see', async () => {
    answer = () => ({ items: [], total: 0, states: {} });
    const { unmount } = renderPage(<FleetPage />);
    expect(
      await screen.findByText('Nothing is under GitOps yet'),
    ).toBeInTheDocument();
    unmount();

    answer = () => errorResponse(403, 'no', 'NotAllowedError');
    const forbidden = renderPage(<FleetPage />);
    expect(
      await screen.findByText('You may not see the fleet'),
    ).toBeInTheDocument();
    forbidden.unmount();

    answer = () => errorResponse(500, 'The database is away');
    const user = userEvent.setup();
    renderPage(<FleetPage />);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The database is away',
    );
    answer = () => ({ items: [project('shop')], total: 1, states: {} });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('shop')).toBeInTheDocument();
  });
});

import { StrictMode } from 'react';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { Route, Routes } from 'react-router-dom';
import type {
  ConnectionDocument,
  ConnectionHostDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { findA11yProblems } from '../../__testUtils__/findA11yProblems';
import { ago } from '../../__testUtils__/projectDocument';
import { GITOPS_URL } from '../../__testUtils__/renderForEntity';
import { renderPage } from '../../__testUtils__/renderPage';
import { ConnectionsPage } from './ConnectionsPage';

const gitea: ConnectionHostDocument = {
  host: 'git.example.com',
  provider: 'gitea',
  serverUrl: 'https://git.example.com',
  serverType: 'self-hosted',
  oauth: true,
  tokenPageUrl: 'https://git.example.com/user/settings/applications',
  tokenScopes: ['write:repository', 'read:user'],
};
const gitlab: ConnectionHostDocument = {
  ...gitea,
  host: 'gitlab.com',
  provider: 'gitlab',
  serverType: 'cloud',
  oauth: false,
  tokenPageUrl: undefined,
};

function connection(
  overrides: Partial<ConnectionDocument> = {},
): ConnectionDocument {
  return {
    id: '8d7f0b5e-1c52-4a30-9d6c-3c1de9b5a001',
    provider: 'gitea',
    host: 'git.example.com',
    serverUrl: 'https://git.example.com',
    serverType: 'self-hosted',
    username: 'jane',
    purpose: 'integration',
    status: 'active',
    statusSince: ago(60),
    method: 'token',
    scopes: ['write:repository'],
    connectedAt: ago(7200),
    usedBy: [],
    ...overrides,
  };
}

describe('ConnectionsPage', () => {
  const server = setupServer();
  let connections: ConnectionDocument[] = [];
  let requests: { method: string; path: string; body?: unknown }[] = [];

  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  beforeEach(() => {
    connections = [];
    requests = [];
    server.resetHandlers(
      http.get(`${GITOPS_URL}/connections/hosts`, () =>
        HttpResponse.json({ items: [gitea, gitlab] }),
      ),
      http.get(`${GITOPS_URL}/connections`, () =>
        HttpResponse.json({ items: connections }),
      ),
    );
  });

  /** Answers one kind of request, and remembers what was sent. */
  function on(
    method: 'post' | 'delete',
    path: string,
    answer: () => Response | Promise<Response>,
  ) {
    server.use(
      http[method](`${GITOPS_URL}${path}`, async ({ request }) => {
        const text = await request.text();
        requests.push({
          method,
          path: new URL(request.url).pathname,
          body: text ? JSON.parse(text) : undefined,
        });
        return answer();
      }),
    );
  }

  const page = (
    <Routes>
      <Route path="/gitops/connections/*" element={<ConnectionsPage />} />
    </Routes>
  );
  const show = (path = '/gitops/connections') => renderPage(page, { path });
  const host = (name: string) => screen.findByRole('region', { name });

  it('offers every host in the ways that it knows', async () => {
    const { container } = show();
    const first = await host('git.example.com');
    expect(within(first).getByText(/Gitea, self-hosted/)).toBeInTheDocument();
    expect(
      within(first).getByRole('button', { name: 'Connect to git.example.com' }),
    ).toBeInTheDocument();
    const second = await host('gitlab.com');
    expect(
      within(second).queryByRole('button', { name: /^Connect to/ }),
    ).not.toBeInTheDocument();
    expect(
      within(second).getByRole('button', { name: 'Use a token of gitlab.com' }),
    ).toBeInTheDocument();
    await expect(findA11yProblems(container)).resolves.toEqual([]);
  });

  it('takes a token that the host accepts, and says what the host says of others', async () => {
    const user = userEvent.setup();
    show();
    await user.click(
      within(await host('git.example.com')).getByRole('button', {
        name: 'Use a token of git.example.com',
      }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(
      within(dialog).getByRole('link', {
        name: 'Make a token at git.example.com',
      }),
    ).toHaveAttribute('href', gitea.tokenPageUrl);
    expect(within(dialog).getByText('write:repository')).toBeInTheDocument();
    await expect(findA11yProblems(dialog)).resolves.toEqual([]);

    const submit = within(dialog).getByRole('button', { name: 'Connect' });
    await user.click(submit);
    expect(await within(dialog).findByText('Paste the token.')).toBeVisible();
    expect(requests).toEqual([]);

    on('post', '/connections', () =>
      errorResponse(400, 'git.example.com does not know this token'),
    );
    await user.type(within(dialog).getByLabelText(/^Token/), 'secret-1 ');
    const day = within(dialog).getByRole('group', { name: /Expires on/ });
    for (const [part, value] of [
      ['month', '06'],
      ['day', '30'],
      ['year', '2100'],
    ]) {
      await user.click(
        within(day).getByRole('spinbutton', { name: new RegExp(`^${part}`) }),
      );
      await user.keyboard(value);
    }
    await user.click(submit);
    expect(
      await within(dialog).findByText(
        'git.example.com does not know this token',
      ),
    ).toBeInTheDocument();

    on('post', '/connections', () => {
      connections = [connection({ expiresAt: '2100-06-30T23:59:59Z' })];
      return HttpResponse.json(connections[0], { status: 201 });
    });
    await user.click(submit);
    expect(
      await screen.findByText('Connected to git.example.com as jane.'),
    ).toBeInTheDocument();
    expect(requests[1].body).toEqual({
      host: 'git.example.com',
      token: 'secret-1',
      expiresAt: expect.stringMatching(/^2100-0(6-30|7-01)T.*Z$/),
    });
    expect(document.body).not.toHaveTextContent('secret-1');
    expect(
      within(await host('git.example.com')).getByText('Active'),
    ).toBeInTheDocument();
  });

  it('tests a connection and shows what became of it', async () => {
    connections = [connection()];
    const user = userEvent.setup();
    show();
    on('post', '/connections/:id/test', () => {
      connections = [
        connection({
          status: 'revoked',
          message: 'The token was deleted at git.example.com: connect again.',
        }),
      ];
      return HttpResponse.json(connections[0]);
    });
    await user.click(
      await screen.findByRole('button', {
        name: 'Test the connection to git.example.com',
      }),
    );
    expect(
      await screen.findByText('The host was asked: Revoked.'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        'The token was deleted at git.example.com: connect again.',
      ),
    ).toBeInTheDocument();
  });

  it('tells what stops working before it disconnects', async () => {
    connections = [connection({ usedBy: ['cart', 'shop'] })];
    const user = userEvent.setup();
    show();
    const disconnect = {
      name: 'Disconnect from git.example.com',
    };
    await user.click(await screen.findByRole('button', disconnect));
    const dialog = await screen.findByRole('dialog');
    expect(dialog).toHaveTextContent('Flux reads 2 projects with it');
    expect(
      within(dialog)
        .getAllByRole('listitem')
        .map(item => item.textContent),
    ).toEqual(['cart', 'shop']);
    await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    expect(requests).toEqual([]);

    on('delete', '/connections/:id', () => {
      connections = [];
      return new HttpResponse(null, { status: 204 });
    });
    await user.click(await screen.findByRole('button', disconnect));
    await user.click(
      within(await screen.findByRole('dialog')).getByRole('button', {
        name: 'Disconnect',
      }),
    );
    expect(
      await screen.findByText('Disconnected from git.example.com.'),
    ).toBeInTheDocument();
    expect(screen.getAllByText('You are not connected.')).toHaveLength(2);
  });

  it('does not leave for an address that is none', async () => {
    const user = userEvent.setup();
    show();
    on('post', '/connections/authorize', () =>
      // eslint-disable-next-line no-script-url
      HttpResponse.json({ authorizationUrl: 'javascript:alert(1)' }),
    );
    await user.click(
      within(await host('git.example.com')).getByRole('button', {
        name: 'Connect to git.example.com',
      }),
    );
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Connecting did not work',
    );
  });

  it('ends what the host began, once, and goes to the list', async () => {
    on('post', '/connections/callback', () => {
      connections = [connection({ method: 'oauth' })];
      return HttpResponse.json(connections[0]);
    });
    renderPage(<StrictMode>{page}</StrictMode>, {
      path: '/gitops/connections/callback?code=c-1&state=s-1',
    });
    expect(
      await screen.findByText('Connected to git.example.com as jane.'),
    ).toBeInTheDocument();
    expect(screen.getByRole('status', { name: 'Address' })).toHaveTextContent(
      /^\/gitops\/connections$/,
    );
    expect(requests).toEqual([
      {
        method: 'post',
        path: '/api/gitops/connections/callback',
        body: { code: 'c-1', state: 's-1' },
      },
    ]);
  });

  it.each([
    ['access_denied', /^You did not agree at the Git host/],
    ['made_up', /The host said: made_up\.$/],
  ])('says %s in words', async (error, words) => {
    on('post', '/connections/callback', () => errorResponse(400, error));
    show(`/gitops/connections/callback?error=${error}&state=s-${error}`);
    expect(await screen.findByText(words)).toBeInTheDocument();
    expect(requests[0].body).toEqual({ error, state: `s-${error}` });
    expect(
      screen.getByRole('link', { name: 'To your connections' }),
    ).toHaveAttribute('href', '/gitops/connections');
  });

  it('says so to those who come to the callback by chance, and to those who may not', async () => {
    const { unmount } = show('/gitops/connections/callback');
    expect(
      await screen.findByText('Nothing to finish here'),
    ).toBeInTheDocument();
    unmount();
    server.use(
      http.get(`${GITOPS_URL}/connections`, () =>
        errorResponse(403, 'no', 'NotAllowedError'),
      ),
    );
    show();
    expect(
      await screen.findByText('You may not manage connections'),
    ).toBeInTheDocument();
  });
});

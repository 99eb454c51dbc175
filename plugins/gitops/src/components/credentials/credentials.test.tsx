import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import type {
  ConnectionDocument,
  CredentialDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { credentialDocument } from '../../__testUtils__/credentialDocument';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { findA11yProblems } from '../../__testUtils__/findA11yProblems';
import { Portal } from '../../__testUtils__/portal';
import { ago } from '../../__testUtils__/projectDocument';
import {
  GITOPS_URL,
  renderForEntity,
} from '../../__testUtils__/renderForEntity';
import { EntityGitopsContent } from '../content/EntityGitopsContent';

const CONNECTION = '2f4b8f46-52cb-4e8e-9a3d-1f6f1de8a001';

function connectionDocument(
  overrides: Partial<ConnectionDocument> = {},
): ConnectionDocument {
  return {
    id: CONNECTION,
    provider: 'gitea',
    host: 'git.example.com',
    serverUrl: 'https://git.example.com',
    serverType: 'self-hosted',
    username: 'jane',
    purpose: 'integration',
    status: 'active',
    statusSince: ago(100),
    method: 'oauth',
    connectedAt: ago(100),
    usedBy: [],
    ...overrides,
  };
}

describe('replacing the credential', () => {
  const portal = Portal.create();
  const url = `${GITOPS_URL}/projects/shop/credentials`;
  let credential: CredentialDocument;
  let asked: unknown[];
  let replace: () => Response;

  beforeEach(() => {
    credential = credentialDocument();
    asked = [];
    replace = () => {
      credential = credentialDocument({
        rotation: {
          phase: 'synchronizing',
          phaseSince: ago(0),
          startedAt: ago(1),
        },
      });
      return HttpResponse.json(credential);
    };
    portal.server.use(
      http.get(url, () => HttpResponse.json(credential)),
      http.post(url, async ({ request }) => {
        asked.push(await request.json());
        return replace();
      }),
      http.get(`${GITOPS_URL}/connections`, () =>
        HttpResponse.json({
          items: [
            connectionDocument(),
            connectionDocument({ id: 'other', host: 'other.example.com' }),
            connectionDocument({
              id: 'ended',
              username: 'jack',
              status: 'expired',
            }),
          ],
        }),
      ),
    );
  });

  async function openDialog() {
    await userEvent.click(
      await screen.findByRole('button', { name: 'Replace…' }),
    );
    return screen.findByRole('dialog');
  }

  it('offers what can be made and what the user has at that host, and follows it', async () => {
    renderForEntity(<EntityGitopsContent />, { path: '/?panel=credentials' });
    const dialog = await openDialog();
    const mine = await within(dialog).findByRole('radio', { name: /as jane/ });
    expect(within(dialog).getAllByRole('radio')).toHaveLength(5);
    expect(
      within(dialog).getByRole('radio', { name: /The least/ }),
    ).toBeChecked();
    expect(await findA11yProblems()).toEqual([]);
    await userEvent.click(mine);
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Replace' }),
    );
    const phases = await screen.findByRole('list', { name: 'Rotation' });
    expect(asked).toEqual([
      { credential: { kind: 'connection', connectionId: CONNECTION } },
    ]);
    expect(
      within(phases)
        .getAllByRole('listitem')
        .find(item => item.getAttribute('aria-current') === 'step'),
    ).toHaveTextContent('Write it into the clusters');
    expect(screen.getByRole('button', { name: 'Replace…' })).toBeDisabled();
  });

  it('takes a token of the user, and tells why it was refused', async () => {
    replace = () => errorResponse(400, 'the host does not know this token');
    renderForEntity(<EntityGitopsContent />, { path: '/?panel=credentials' });
    const dialog = await openDialog();
    await userEvent.click(
      within(dialog).getByRole('radio', { name: /A token that you bring/ }),
    );
    const confirm = within(dialog).getByRole('button', { name: 'Replace' });
    await userEvent.click(confirm);
    expect(within(dialog).getByRole('alert')).toHaveTextContent(/enter|token/i);
    expect(asked).toEqual([]);
    await userEvent.type(within(dialog).getByLabelText(/^Token/), 'hush');
    await userEvent.click(confirm);
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /could not be replaced.*the host does not know this token/,
    );
    expect(asked).toEqual([{ credential: { kind: 'token', token: 'hush' } }]);
    expect(document.body).not.toHaveTextContent('hush');
  });

  it('is not offered to those who may not', async () => {
    portal.show({ allowed: { update: false, delete: false } });
    renderForEntity(<EntityGitopsContent />, { path: '/?panel=credentials' });
    const button = await screen.findByRole('button', { name: 'Replace…' });
    expect(button).toBeDisabled();
    expect(button).toHaveAccessibleDescription(
      'You do not have the right to change credentials.',
    );
  });

  it('unfolds what was done at the host', async () => {
    portal.server.use(
      http.get(`${GITOPS_URL}/projects/shop/sync-logs`, () =>
        HttpResponse.json({
          items: [
            {
              id: 'l-2',
              syncType: 'credential',
              action: 'rotate',
              status: 'failed',
              error: 'The host did not answer within 10 s.',
              startedAt: ago(130),
              finishedAt: ago(120),
            },
            {
              id: 'l-1',
              syncType: 'repository',
              action: 'push',
              status: 'succeeded',
              startedAt: ago(7201),
              finishedAt: ago(7200),
            },
          ],
        }),
      ),
    );
    renderForEntity(<EntityGitopsContent />, { path: '/?panel=credentials' });
    const title = 'What the portal did at the Git host';
    const summary = await screen.findByText(title);
    expect(portal.requests).not.toContain('GET /projects/shop/sync-logs');
    await userEvent.click(summary);
    const log = await screen.findByRole('list', { name: title });
    const [first, second] = within(log).getAllByRole('listitem');
    expect(first).toHaveTextContent(
      /Failed.*Credential: rotated.*2 minutes ago.*did not answer within 10 s/,
    );
    expect(second).toHaveTextContent(
      /Done.*Repository: pushed to.*2 hours ago/,
    );
    expect(await findA11yProblems()).toEqual([]);
  });
});

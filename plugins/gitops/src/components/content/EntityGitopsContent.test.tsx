import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import {
  GITOPS_SIGNAL_CHANNEL,
  type ProjectDocument,
  type ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { Portal } from '../../__testUtils__/portal';
import {
  ago,
  COMMIT,
  environmentDocument,
  projectDocument,
  resourceDocument,
  stepDocuments,
} from '../../__testUtils__/projectDocument';
import {
  GITOPS_URL,
  renderForEntity,
} from '../../__testUtils__/renderForEntity';
import { EntityGitopsContent } from './EntityGitopsContent';

const column = (name: string) => screen.findByRole('listitem', { name });
const TOKEN = '2026-01-01T00:00:00Z';

describe('EntityGitopsContent', () => {
  const portal = Portal.create();

  /** Shows a newer version and tells the page so. */
  function change(
    signals: ReturnType<typeof renderForEntity>['signals'],
    project: Partial<ProjectDocument> & { version: number },
  ) {
    portal.show(project);
    act(() =>
      signals.publish(GITOPS_SIGNAL_CHANNEL, {
        projectId: 'p-1',
        version: project.version,
      }),
    );
  }

  it('shows the way from the source through the environments', async () => {
    renderForEntity(<EntityGitopsContent />);
    const source = await column('Source');
    expect(
      within(screen.getByRole('list', { name: 'Environments' }))
        .getAllByRole('listitem')
        .map(item => item.getAttribute('aria-label')),
    ).toEqual(['Source', 'Development', 'Staging', 'Production']);
    expect(
      within(source).getByRole('link', { name: 'team/shop' }),
    ).toHaveAttribute('href', 'https://git.example.com/team/shop');
    expect(source).toHaveTextContent('project-shop');
    const staging = await column('Staging');
    expect(staging).toHaveTextContent('project-shop-staging');
    expect(staging).toHaveTextContent('main');
    expect(screen.getByRole('list', { name: 'Clusters' })).toHaveTextContent(
      'main live',
    );
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
  });

  it('explains a failure: cause, subject, next step, raw words, command', async () => {
    const user = userEvent.setup();
    const writeText = jest.spyOn(navigator.clipboard, 'writeText');
    portal.show({
      environments: [
        environmentDocument('staging', {
          status: 'failed',
          message: 'stat /tmp/x: no such file or directory',
          attributes: { retrying: true },
          diagnosis: {
            id: 'K4',
            cause: 'The path ./deploy does not exist at commit 5f2c9d4',
            subject: {
              kind: 'Kustomization',
              namespace: 'project-shop',
              name: 'shop-staging',
              field: 'spec.path',
            },
            nextStep: 'Commit the overlay or correct the path',
            command: 'kubectl get kustomization',
          },
        }),
      ],
    });
    renderForEntity(<EntityGitopsContent />);
    const panel = await screen.findByRole('region', { name: 'What is wrong' });
    expect(panel).toHaveTextContent(
      'The path ./deploy does not exist at commit 5f2c9d4',
    );
    expect(panel).toHaveTextContent('Commit the overlay or correct the path');
    expect(panel).toHaveTextContent(
      'Kustomization project-shop/shop-staging, field spec.path',
    );
    expect(panel).toHaveTextContent('stat /tmp/x: no such file or directory');
    expect(
      screen.getByText('The controller tries again by itself.'),
    ).toBeInTheDocument();
    await user.click(
      within(panel).getByRole('button', { name: 'Copy command' }),
    );
    expect(
      await within(panel).findByRole('button', { name: 'Copied' }),
    ).toBeInTheDocument();
    expect(writeText).toHaveBeenCalledWith('kubectl get kustomization');
  });

  describe('reconcile', () => {
    const reconcileUrl = `${GITOPS_URL}/projects/shop/environments/staging/reconcile`;
    const staging = (resource: Partial<ResourceStateDocument>) => ({
      environments: [environmentDocument('staging', resource)],
    });
    const button = () =>
      screen.findByRole('button', { name: 'Reconcile Staging now' });

    beforeEach(() => {
      portal.show(staging({}));
      portal.server.use(
        http.post(reconcileUrl, () =>
          HttpResponse.json({ requestedAt: TOKEN }),
        ),
      );
    });

    it('follows a request to its real end', async () => {
      const { signals } = renderForEntity(<EntityGitopsContent />);
      await userEvent.click(await button());
      expect(
        await screen.findByText('Requested; waiting for Flux to pick it up.'),
      ).toBeInTheDocument();
      expect(portal.requests).toContain(
        'POST /projects/shop/environments/staging/reconcile',
      );

      // Still Ready, but that is the old outcome.
      change(signals, {
        version: 11,
        ...staging({ attributes: { requested: TOKEN } }),
      });
      expect(
        await screen.findByText(
          'A reconcile was requested and is not picked up yet.',
        ),
      ).toBeInTheDocument();
      expect(screen.queryByText(/^Reconciled/)).not.toBeInTheDocument();

      change(signals, { version: 12, ...staging({ status: 'reconciling' }) });
      expect(
        await screen.findByText('Flux is working on it.'),
      ).toBeInTheDocument();

      change(signals, {
        version: 13,
        ...staging({ status: 'ready', handledRequest: TOKEN }),
      });
      expect(
        await screen.findByText('Reconciled: Ready at 5f2c9d4.'),
      ).toBeInTheDocument();
      expect(await button()).toBeEnabled();
    });

    it('does not call a failure done', async () => {
      const { signals } = renderForEntity(<EntityGitopsContent />);
      await userEvent.click(await button());
      await screen.findByText('Requested; waiting for Flux to pick it up.');
      change(signals, {
        version: 11,
        ...staging({ status: 'failed', handledRequest: TOKEN }),
      });
      expect(
        await screen.findByText('Reconciling ended: Failed.'),
      ).toBeInTheDocument();
    });

    it('shows why a request was refused', async () => {
      portal.server.use(
        http.post(reconcileUrl, () =>
          errorResponse(409, 'it is suspended', 'ConflictError'),
        ),
      );
      renderForEntity(<EntityGitopsContent />);
      await userEvent.click(await button());
      expect(
        await screen.findByText(
          'The request was not accepted: it is suspended',
        ),
      ).toBeInTheDocument();
    });

    it.each<[string, Partial<ProjectDocument>]>([
      [
        'You do not have the right to reconcile this project.',
        { allowed: { update: false, delete: false } },
      ],
      [
        'Suspended: Flux does no work on it until it is resumed.',
        staging({ status: 'suspended' }),
      ],
      ['It is being deleted.', staging({ status: 'terminating' })],
      [
        'There is nothing to reconcile yet.',
        { environments: [environmentDocument('staging', null)] },
      ],
      [
        'The cluster cannot be reached right now.',
        {
          clusters: [
            { name: 'main', state: 'unreachable', lastSyncedAt: ago(5) },
          ],
        },
      ],
    ])('cannot be asked for: %s', async (reason, project) => {
      portal.show({ ...staging({}), ...project });
      renderForEntity(<EntityGitopsContent />);
      const disabled = await button();
      expect(disabled).toBeDisabled();
      expect(disabled).toHaveAccessibleDescription(reason);
    });
  });

  describe('set-up', () => {
    const failed: Partial<ProjectDocument> = {
      status: 'failed',
      environments: [],
      sources: [],
      clusters: [],
      initialization: {
        attempt: 2,
        progress: 20,
        running: false,
        error: 'push refused',
        steps: stepDocuments(2, 'failed', 'the branch is protected'),
      },
    };
    const retryUrl = `${GITOPS_URL}/projects/shop/retry`;
    const lines = (...messages: object[]) =>
      messages.map(message => `${JSON.stringify(message)}\n`).join('');

    it('shows the steps of a run at work', async () => {
      portal.show({
        ...failed,
        status: 'initializing',
        initialization: {
          attempt: 1,
          progress: 45,
          running: true,
          steps: stepDocuments(3, 'running'),
        },
      });
      renderForEntity(<EntityGitopsContent />);
      const steps = within(
        await screen.findByRole('list', { name: 'Set-up' }),
      ).getAllByRole('listitem');
      expect(steps.map(step => step.textContent)).toEqual([
        expect.stringMatching(/^Resolve credentialsDone0\.4 sec$/),
        expect.stringMatching(/^Create repositoryDone0\.4 sec$/),
        expect.stringMatching(/^Push templateDone0\.4 sec$/),
        expect.stringMatching(/^Create recordsRunning\d sec$/),
        'Create environmentsWaiting',
        'Set up GitOpsWaiting',
        'FinishWaiting',
      ]);
      expect(steps[3]).toHaveAttribute('aria-current', 'step');
      expect(
        screen.queryByRole('button', { name: 'Retry set-up' }),
      ).not.toBeInTheDocument();
    });

    it('retries a failed run and shows its end', async () => {
      portal.show(failed);
      portal.server.use(
        http.post(retryUrl, () => {
          portal.show({ version: 20 });
          const [step] = stepDocuments(1, 'running');
          return new HttpResponse(
            lines(
              { type: 'heartbeat' },
              { type: 'step', step, progress: 5 },
              { type: 'result', result: {} },
            ),
          );
        }),
      );
      renderForEntity(<EntityGitopsContent />);
      expect(
        await screen.findByText('the branch is protected'),
      ).toBeInTheDocument();
      expect(screen.getByText('Attempt 2')).toBeInTheDocument();
      await userEvent.click(
        screen.getByRole('button', { name: 'Retry set-up' }),
      );
      expect(
        await screen.findByRole('heading', {
          name: 'All 3 environments are ready',
        }),
      ).toBeInTheDocument();
    });

    it.each([
      [
        'the error of the run',
        lines({
          type: 'error',
          error: { name: 'ConflictError', message: 'already running' },
        }),
        'already running',
      ],
      [
        'that the connection was cut',
        lines({ type: 'heartbeat' }),
        'The connection ended before the set-up did. It goes on in the portal; this page keeps following it.',
      ],
    ])('shows %s', async (_, body, message) => {
      portal.show(failed);
      portal.server.use(http.post(retryUrl, () => new HttpResponse(body)));
      renderForEntity(<EntityGitopsContent />);
      await userEvent.click(
        await screen.findByRole('button', { name: 'Retry set-up' }),
      );
      expect(await screen.findByRole('alert')).toHaveTextContent(message);
    });

    it('offers no retry to those who may not', async () => {
      portal.show({ ...failed, allowed: { update: false, delete: false } });
      renderForEntity(<EntityGitopsContent />);
      expect(
        await screen.findByText(
          'You do not have the right to retry the set-up.',
        ),
      ).toBeInTheDocument();
      expect(
        screen.queryByRole('button', { name: 'Retry set-up' }),
      ).not.toBeInTheDocument();
    });

    it('says when nobody works on a run', async () => {
      portal.show({
        ...failed,
        status: 'initializing',
        initialization: {
          attempt: 1,
          progress: 20,
          running: false,
          steps: stepDocuments(2, 'running'),
        },
      });
      renderForEntity(<EntityGitopsContent />);
      expect(
        await screen.findByText(/No portal replica is working on it/),
      ).toBeInTheDocument();
      expect(
        screen.getByRole('button', { name: 'Retry set-up' }),
      ).toBeEnabled();
    });
  });

  it('says which cluster cannot be read and that the rest holds', async () => {
    portal.show({
      environments: [
        environmentDocument('staging'),
        environmentDocument('production', {}, { cluster: 'far' }),
      ],
      sources: [
        resourceDocument({ type: 'git-repository' }),
        resourceDocument({ type: 'git-repository', cluster: 'far' }),
      ],
      clusters: [
        { name: 'main', state: 'live' },
        {
          name: 'far',
          state: 'unreachable',
          lastSyncedAt: ago(420),
          error: 'connection refused',
        },
      ],
    });
    renderForEntity(<EntityGitopsContent />);
    expect(
      await screen.findByText('Cluster far cannot be read'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/other clusters are not affected/),
    ).toBeInTheDocument();
    expect(screen.getByRole('list', { name: 'Clusters' })).toHaveTextContent(
      /far not reachable, last heard 7 minutes ago/,
    );
    expect(
      within(await column('Production')).getByText('Unknown'),
    ).toBeInTheDocument();
    expect(
      within(await column('Staging')).getByText('Ready'),
    ).toBeInTheDocument();
  });

  it('says that the page is out of date when the portal stops answering', async () => {
    let skew = 0;
    const realNow = Date.now;
    const clock = jest
      .spyOn(Date, 'now')
      .mockImplementation(() => realNow() + skew);
    try {
      const { signals } = renderForEntity(<EntityGitopsContent />);
      await column('Staging');
      portal.refuse(503, 'shutting down');
      skew = 40_000;
      act(() =>
        signals.publish(GITOPS_SIGNAL_CHANNEL, {
          projectId: 'p-1',
          version: 11,
        }),
      );
      expect(
        await screen.findByText('This page is out of date'),
      ).toBeInTheDocument();
      expect(screen.getByText(/shutting down/)).toBeInTheDocument();
      const staging = await column('Staging');
      expect(within(staging).queryByText('Ready')).not.toBeInTheDocument();
      expect(staging).toHaveTextContent(/Unknown.*last known Ready/);

      portal.answer(() => HttpResponse.json(projectDocument()));
      await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
      await waitFor(() =>
        expect(
          screen.queryByText('This page is out of date'),
        ).not.toBeInTheDocument(),
      );
      expect(within(staging).getByText('Ready')).toBeInTheDocument();
    } finally {
      clock.mockRestore();
    }
  });

  it('reads deployments and events only when they are opened, page by page', async () => {
    portal.server.use(
      http.get(`${GITOPS_URL}/projects/shop/deployments`, ({ request }) => {
        const second = new URL(request.url).searchParams.get('cursor') === 'c2';
        return HttpResponse.json({
          items: [
            {
              id: second ? '2' : '1',
              environment: second ? 'development' : 'staging',
              commit: COMMIT,
              method: 'gitops',
              status: second ? 'failed' : 'succeeded',
              startedAt: ago(100),
              finishedAt: ago(88),
            },
          ],
          nextCursor: second ? undefined : 'c2',
        });
      }),
      http.get(`${GITOPS_URL}/projects/shop/events`, () =>
        HttpResponse.json({ items: [] }),
      ),
    );
    renderForEntity(<EntityGitopsContent />);
    await userEvent.click(
      await screen.findByRole('button', { name: 'Deployments' }),
    );
    const table = await screen.findByRole('table', { name: 'Deployments' });
    expect(
      within(table).getByRole('row', { name: /Staging/ }),
    ).toHaveTextContent(/5f2c9d4.*Succeeded.*Flux.*12 sec/);
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
    expect(
      await within(table).findByRole('row', { name: /Development/ }),
    ).toHaveTextContent('Failed');
    expect(
      screen.queryByRole('button', { name: 'Show more' }),
    ).not.toBeInTheDocument();

    await userEvent.click(screen.getByRole('button', { name: 'Events' }));
    expect(await screen.findByText('No events yet.')).toBeInTheDocument();
    expect(portal.requests).toEqual([
      'GET /entities/component/default/shop',
      'GET /projects/shop/deployments',
      'GET /projects/shop/deployments?cursor=c2',
      'GET /projects/shop/events',
    ]);
  });

  it('shows the same for absent and hidden, and a retry for errors', async () => {
    portal.refuse(404, 'nothing here');
    const { unmount } = renderForEntity(<EntityGitopsContent />);
    expect(
      await screen.findByText('Not under GitOps, or not visible to you'),
    ).toBeInTheDocument();
    unmount();

    portal.refuse(500, 'broken');
    renderForEntity(<EntityGitopsContent />);
    expect(await screen.findByRole('alert')).toHaveTextContent('broken');
  });
});

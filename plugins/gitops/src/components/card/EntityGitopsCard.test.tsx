import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  GITOPS_SIGNAL_CHANNEL,
  type ResourceStateDocument,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';
import { Portal } from '../../__testUtils__/portal';
import {
  ago,
  COMMIT,
  environmentDocument,
  projectDocument,
  resourceDocument,
  stepDocuments,
} from '../../__testUtils__/projectDocument';
import { renderForEntity } from '../../__testUtils__/renderForEntity';
import { EntityGitopsContent } from '../content/EntityGitopsContent';
import { EntityGitopsCard } from './EntityGitopsCard';

const row = (name: string) => screen.findByRole('listitem', { name });

describe('EntityGitopsCard', () => {
  const portal = Portal.create();

  it('shows every environment in order with state, linked commit and age', async () => {
    let answer = (_: Response) => {};
    portal.answer(
      () =>
        new Promise(resolve => {
          answer = resolve;
        }),
    );
    renderForEntity(<EntityGitopsCard />);
    expect(
      await screen.findByText('Reading the state of the environments'),
    ).toBeInTheDocument();
    await waitFor(() => expect(portal.requests).toHaveLength(1));
    answer(Response.json(projectDocument()));
    const production = await row('Production');
    expect(
      screen
        .getAllByRole('listitem')
        .map(item => item.getAttribute('aria-label')),
    ).toEqual(['Development', 'Staging', 'Production']);
    expect(within(production).getByText('Ready')).toBeInTheDocument();
    expect(within(production).getByRole('link')).toHaveAttribute(
      'href',
      `https://git.example.com/team/shop/commit/${COMMIT}`,
    );
    expect(within(production).getByRole('link')).toHaveTextContent('5f2c9d4');
    expect(within(production).getByText('2 hours ago')).toHaveAttribute(
      'title',
    );
    expect(screen.getByRole('status')).toHaveTextContent(
      'All 3 environments are ready',
    );
  });

  it('reads once for a card and a tab on the same page', async () => {
    renderForEntity(
      <>
        <EntityGitopsCard />
        <EntityGitopsContent />
      </>,
    );
    await screen.findByRole('heading', {
      name: 'All 3 environments are ready',
    });
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
  });

  it('has a word for every state', async () => {
    portal.show({
      environments: resourceStatusSchema.options.map(status =>
        environmentDocument(status, { status }),
      ),
    });
    renderForEntity(<EntityGitopsCard />);
    const words: Record<string, string> = {
      Pending: 'Not created yet',
      Reconciling: 'Reconciling',
      Ready: 'Ready',
      Stalled: 'Stalled',
      Failed: 'Failed',
      Suspended: 'Suspended',
      Terminating: 'Being deleted',
      Missing: 'Missing',
      Unknown: 'Unknown',
    };
    for (const [name, word] of Object.entries(words)) {
      expect(within(await row(name)).getAllByText(word)[0]).toBeVisible();
    }
    expect(screen.getByRole('status')).toHaveTextContent(
      '3 of 9 environments need attention',
    );
  });

  it.each<[string, Partial<ResourceStateDocument>, string]>([
    [
      'a diagnosis',
      {
        status: 'failed',
        message: 'kustomization path not found',
        diagnosis: {
          id: 'K4',
          cause: 'The path ./deploy does not exist',
          subject: { name: 'shop' },
          nextStep: 'Commit it',
        },
      },
      'The path ./deploy does not exist',
    ],
    [
      'the raw message of an undiagnosed failure',
      { status: 'failed', message: 'boom', attributes: { retrying: true } },
      'boom',
    ],
    [
      'unchecked health',
      { attributes: { healthUnchecked: 'unset' } },
      'Applied; workload health is not checked. Set spec.wait to have it checked.',
    ],
    [
      'an empty overlay',
      { attributes: { healthUnchecked: 'nothing-to-check' } },
      'Applied; there was no workload to check.',
    ],
    [
      'a frozen environment',
      { attributes: { frozen: true } },
      'Frozen: the source fails, later commits will not arrive.',
    ],
    [
      'the commit that is coming',
      {
        status: 'reconciling',
        attributes: { behind: 'main@sha1:9ab41d07e1e1' },
      },
      'Commit 9ab41d0 is fetched and comes next.',
    ],
    [
      'what is waited for',
      {
        status: 'reconciling',
        attributes: { waitingOn: { name: 'infra', status: 'failed' } },
      },
      'Waits for Kustomization infra (Failed).',
    ],
    [
      'a cycle',
      {
        status: 'failed',
        attributes: {
          waitingOn: { name: 'infra', status: 'failed', cycle: true },
        },
      },
      'Waits for Kustomization infra, which waits for this one: it never resolves by itself.',
    ],
    [
      'an overdue run',
      { status: 'reconciling', attributes: { overdue: true } },
      'Takes longer than its limit; the controller may be down or busy.',
    ],
    [
      'a stuck deletion',
      { status: 'terminating', attributes: { stuck: true } },
      'Deletion is stuck for more than five minutes.',
    ],
  ])('says in one line: %s', async (_, resource, line) => {
    portal.show({ environments: [environmentDocument('staging', resource)] });
    renderForEntity(<EntityGitopsCard />);
    expect(within(await row('Staging')).getByText(line)).toBeInTheDocument();
  });

  it('says that the source fails even where every environment is Ready', async () => {
    portal.show({
      sources: [resourceDocument({ type: 'git-repository', status: 'failed' })],
    });
    renderForEntity(<EntityGitopsCard />);
    await row('Staging');
    expect(screen.getByRole('status')).toHaveTextContent(
      'The source fails: new commits will not arrive',
    );
  });

  it('follows a signal without a reload and ignores an older answer', async () => {
    const { signals } = renderForEntity(<EntityGitopsCard />);
    await within(await row('Staging')).findByText('Ready');

    portal.show({
      version: 11,
      environments: [environmentDocument('staging', { status: 'failed' })],
    });
    act(() =>
      signals.publish(GITOPS_SIGNAL_CHANNEL, { versions: { 'p-1': 11 } }),
    );
    expect(
      await within(await row('Staging')).findByText('Failed'),
    ).toBeInTheDocument();

    portal.show({ version: 10 });
    act(() =>
      signals.publish(GITOPS_SIGNAL_CHANNEL, { versions: { 'p-1': 12 } }),
    );
    await waitFor(() => expect(portal.requests).toHaveLength(3));
    expect(await screen.findByText('Failed')).toBeInTheDocument();
    expect(screen.queryByText('Ready')).not.toBeInTheDocument();
  });

  it('works without the signals plugin', async () => {
    renderForEntity(<EntityGitopsCard />, { signals: false });
    expect(await row('Staging')).toBeInTheDocument();
  });

  it('draws no state of an unreachable cluster as current', async () => {
    portal.show({
      environments: [
        environmentDocument('staging'),
        environmentDocument(
          'production',
          {
            diagnosis: {
              id: 'x',
              cause: 'An old cause',
              subject: { name: 'x' },
              nextStep: 'x',
            },
          },
          { cluster: 'far' },
        ),
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
    renderForEntity(<EntityGitopsCard />);
    const production = await row('Production');
    expect(within(production).getByText('Unknown')).toBeInTheDocument();
    expect(within(production).queryByText('Ready')).not.toBeInTheDocument();
    expect(production).toHaveTextContent(/since .*, last known Ready/);
    // Why is said once, not with every environment that is on it.
    expect(production).not.toHaveTextContent('connection refused');
    expect(
      screen.getByText('Cluster far cannot be read: connection refused'),
    ).toBeInTheDocument();
    expect(production).not.toHaveTextContent('An old cause');
    expect(within(await row('Staging')).getByText('Ready')).toBeInTheDocument();
  });

  it('shows the age of what is delayed, and nothing of a cluster never heard from', async () => {
    portal.show({
      environments: [
        environmentDocument('staging', {}, { cluster: 'slow' }),
        environmentDocument('production', {}, { cluster: 'new' }),
      ],
      clusters: [
        { name: 'slow', state: 'delayed', lastSyncedAt: ago(30) },
        { name: 'new', state: 'connecting' },
      ],
    });
    renderForEntity(<EntityGitopsCard />);
    expect(await row('Staging')).toHaveTextContent(/Ready.*as of 3\d seconds/);
    expect(await row('Production')).toHaveTextContent(
      /Unknown.*nothing was heard from the cluster yet/,
    );
  });

  it('shows how far a set-up has come, and why it failed', async () => {
    portal.show({
      status: 'initializing',
      environments: [],
      initialization: {
        attempt: 1,
        progress: 45,
        running: true,
        steps: stepDocuments(3, 'running'),
      },
    });
    const { signals } = renderForEntity(<EntityGitopsCard />);
    const bar = await screen.findByRole('progressbar', {
      name: 'Create records',
    });
    expect(bar).toHaveAttribute('aria-valuenow', '45');
    expect(screen.getByRole('status')).toHaveTextContent('Set-up is under way');

    portal.show({
      version: 11,
      status: 'failed',
      environments: [],
      initialization: {
        attempt: 1,
        progress: 45,
        running: false,
        steps: stepDocuments(3, 'failed', 'the database is full'),
      },
    });
    act(() =>
      signals.publish(GITOPS_SIGNAL_CHANNEL, { versions: { 'p-1': 11 } }),
    );
    expect(await screen.findByText('the database is full')).toBeInTheDocument();
    expect(screen.getByRole('status')).toHaveTextContent('Set-up failed');
  });

  it('says the same of an absent and of a hidden project', async () => {
    portal.refuse(404, 'no project shop');
    renderForEntity(<EntityGitopsCard />);
    expect(
      await screen.findByText('Not under GitOps, or not visible to you'),
    ).toBeInTheDocument();
    expect(screen.getByText(/no project shop that you may see/)).toBeVisible();
  });

  it('says why it could not be read and reads again on request', async () => {
    portal.refuse(503, 'the database does not answer');
    renderForEntity(<EntityGitopsCard />);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'the database does not answer',
    );
    portal.answer(() => Response.json(projectDocument()));
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await row('Staging')).toBeInTheDocument();
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });
});

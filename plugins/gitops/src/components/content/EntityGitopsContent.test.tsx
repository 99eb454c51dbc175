import {
  act,
  fireEvent,
  screen,
  waitFor,
  within,
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import {
  type CredentialDocument,
  type DeploymentDocument,
  GITOPS_SIGNAL_CHANNEL,
  type ProjectDocument,
  type ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { findA11yProblems } from '../../__testUtils__/findA11yProblems';
import { errorResponse } from '../../__testUtils__/errorResponse';
import { credentialDocument } from '../../__testUtils__/credentialDocument';
import { inventoryDocument } from '../../__testUtils__/inventoryDocument';
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

const lane = (name: string) => screen.findByRole('listitem', { name });
/** The parts of the way into an environment. */
const path = (name: string) =>
  within(
    screen.getByRole('list', { name: `The way of a commit into ${name}` }),
  ).getAllByRole('listitem');
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
        versions: { 'p-1': project.version },
      }),
    );
  }

  it('shows the way of a commit into every environment, part by part', async () => {
    const next = new Date(Date.now() + 95_000).toISOString();
    const fetched = '9ab41d07e1e19ab41d07e1e19ab41d07e1e19ab4';
    portal.show({
      sources: [
        resourceDocument({
          type: 'git-repository',
          name: 'shop-repo',
          commit: fetched,
          nextReconciliationAt: next,
          commitInfo: {
            id: fetched,
            title: 'Charge VAT',
            author: 'Anna',
            committedAt: ago(600),
            url: 'https://git.example.com/team/shop/commit/x',
          },
        }),
      ],
      environments: [
        environmentDocument('development', { commit: fetched }),
        environmentDocument('staging', {
          status: 'reconciling',
          since: ago(20),
          attributes: {
            behind: `main@sha1:${fetched}`,
            previous: { status: 'ready' },
            stage: 'Running health checks for revision main@sha1:9ab41d0',
          },
        }),
        environmentDocument('production', {
          status: 'suspended',
          suspension: {
            by: 'user:default/anna',
            reason: 'Load test',
            until: '2031-05-04T10:00:00Z',
          },
          attributes: { healthUnchecked: 'unset' },
        }),
      ],
    });
    renderForEntity(<EntityGitopsContent />);
    await lane('Development');
    expect(
      within(screen.getByRole('list', { name: 'Environments' }))
        .getAllByRole('heading')
        .map(heading => heading.textContent),
    ).toEqual(['Development', 'Staging', 'Production']);
    expect(screen.getByRole('link', { name: 'team/shop' })).toHaveAttribute(
      'href',
      'https://git.example.com/team/shop',
    );
    const [commit, source, kustomization, workloads] = path('Development');
    expect(commit).toHaveTextContent(
      /9ab41d0Charge VATby Anna.*10 minutes ago.*It is in this environment/,
    );
    expect(within(commit).getByRole('link')).toHaveAttribute(
      'href',
      'https://git.example.com/team/shop/commit/x',
    );
    expect(source).toHaveTextContent(
      /SourceReadyHas 9ab41d0.*2 hours ago.*Next check in 1 min 3\d sec/,
    );
    expect(kustomization).toHaveTextContent(/Ready.*Applied 9ab41d0/);
    expect(workloads).toHaveTextContent(/Healthy/);

    // The last outcome stays, with the work that is under way beside it.
    const staging = path('Staging');
    expect(staging[0]).toHaveTextContent(
      'It is on its way; 5f2c9d4 is applied.',
    );
    expect(staging[2]).toHaveTextContent(/Kustomization.*Ready.*Reconciling/);
    expect(staging[3]).toHaveTextContent('Being checked');

    const production = await lane('Production');
    expect(path('Production')[0]).toHaveTextContent(
      'It does not come while suspended; 5f2c9d4 is applied.',
    );
    expect(production).toHaveTextContent(
      /Suspended by anna\. Reason: Load test\. Until May 4, 2031.*then the portal resumes it\./,
    );
    expect(production).toHaveTextContent('project-shop-production on main');
    expect(screen.getByRole('list', { name: 'Clusters' })).toHaveTextContent(
      'main Live',
    );
    expect(portal.requests).toEqual(['GET /entities/component/default/shop']);
    expect(await findA11yProblems()).toEqual([]);
  });

  it('tells of a commit where it did not arrive, whichever object has its words', async () => {
    const commit = 'b'.repeat(40);
    portal.show({
      sources: [resourceDocument({ type: 'git-repository', commit })],
      environments: [
        environmentDocument('staging', {
          commit,
          commitInfo: { id: commit, title: 'Charge VAT', author: 'Anna' },
        }),
        environmentDocument('production', { status: 'failed' }),
      ],
    });
    renderForEntity(<EntityGitopsContent />);
    await lane('Production');
    expect(path('Production')[0]).toHaveTextContent(
      /bbbbbbbCharge VATby Anna.*It did not arrive; 5f2c9d4 is applied/,
    );
  });

  it('keeps the last outcome it saw where the controller overwrites it', async () => {
    const { signals } = renderForEntity(<EntityGitopsContent />);
    await lane('Staging');
    change(signals, {
      version: 11,
      environments: [environmentDocument('staging', { status: 'reconciling' })],
    });
    await waitFor(() =>
      expect(path('Staging')[2]).toHaveTextContent(/Ready.*Reconciling/),
    );
  });

  it('tells a cause once, with the way from what waits to what blocks it', async () => {
    portal.show({
      environments: [
        environmentDocument('staging', {
          status: 'failed',
          diagnosis: {
            id: 'K4',
            cause: 'The path is not there',
            subject: { kind: 'Kustomization', name: 'shop-staging' },
            nextStep: 'Commit it',
          },
        }),
        environmentDocument('production', {
          status: 'reconciling',
          attributes: {
            waitingOn: {
              kind: 'Kustomization',
              name: 'shop-staging',
              status: 'reconciling',
            },
          },
          diagnosis: {
            id: 'K25',
            cause: 'It waits for shop-staging',
            subject: { kind: 'Kustomization', name: 'shop-production' },
            nextStep: 'Mend that one',
          },
        }),
      ],
    });
    renderForEntity(<EntityGitopsContent />);
    const panel = await screen.findByRole('region', { name: 'What is wrong' });
    expect(screen.getAllByText('The path is not there')).toHaveLength(1);
    expect(
      within(await lane('Production')).getByText('It waits for shop-staging'),
    ).toBeInTheDocument();
    await userEvent.click(
      within(panel).getByText('Waiting for it: Production.'),
    );
    expect(
      within(panel).getByRole('list', {
        name: 'The way from Production to what blocks it',
      }),
    ).toHaveTextContent(/Production.*Staging.*Failed/);
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

    await user.click(
      within(panel).getByRole('button', {
        name: 'Commands about shop-staging',
      }),
    );
    await user.click(
      await screen.findByRole('menuitem', { name: 'flux reconcile' }),
    );
    expect(
      await screen.findByText(
        'Copied: flux reconcile kustomization shop-staging -n project-shop --with-source',
      ),
    ).toBeInTheDocument();
  });

  it("reads a controller's words in full when somebody opens what was cut short", async () => {
    const full = `kustomize build failed: ${'more '.repeat(80)}and the point`;
    const resource = resourceDocument({
      name: 'shop-staging',
      status: 'failed',
      message: `${full.slice(0, 39)}…`,
      diagnosis: {
        id: 'K7',
        cause: 'A file is missing',
        subject: { name: 'shop-staging' },
        nextStep: 'Commit it',
      },
    });
    portal.show({ environments: [environmentDocument('staging', resource)] });
    portal.server.use(
      http.get(`${GITOPS_URL}/projects/shop/diagnosis`, () =>
        HttpResponse.json({
          slug: 'shop',
          items: [{ cluster: 'main', resource, message: full }],
        }),
      ),
    );
    renderForEntity(<EntityGitopsContent />);
    const panel = await screen.findByRole('region', { name: 'What is wrong' });
    expect(portal.requests).not.toContain('GET /projects/shop/diagnosis');
    await userEvent.click(within(panel).getByText('Message of the controller'));
    expect(await within(panel).findByText(full)).toBeInTheDocument();
  });

  describe('reconcile', () => {
    const reconcileUrl = `${GITOPS_URL}/projects/shop/environments/staging/reconcile`;
    const staging = (resource: Partial<ResourceStateDocument>) => ({
      environments: [environmentDocument('staging', resource)],
    });
    const button = () =>
      screen.findByRole('button', { name: 'Reconcile now: Staging' });

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

    it('takes up a request that was made before the page was loaded', async () => {
      portal.show(staging({ attributes: { requested: TOKEN } }));
      const { signals } = renderForEntity(<EntityGitopsContent />);
      expect(
        await screen.findByText('Requested; waiting for Flux to pick it up.'),
      ).toBeInTheDocument();
      // Handled, but the source has a commit by now that is not applied yet.
      const newer = resourceDocument({
        type: 'git-repository',
        commit: '9ab41d07e1e19ab41d07e1e19ab41d07e1e19ab4',
      });
      change(signals, {
        version: 11,
        sources: [newer],
        ...staging({ handledRequest: TOKEN }),
      });
      expect(
        await screen.findByText('Flux is working on it.'),
      ).toBeInTheDocument();
      change(signals, {
        version: 12,
        sources: [newer],
        ...staging({ handledRequest: TOKEN, commit: newer.commit }),
      });
      expect(
        await screen.findByText('Reconciled: Ready at 9ab41d0.'),
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
      ['It is being deleted.', staging({ status: 'terminating' })],
      [
        'There is nothing to reconcile yet.',
        { environments: [environmentDocument('staging', null)] },
      ],
      [
        'Not while the cluster is out of reach.',
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

  describe('suspend and resume', () => {
    const url = `${GITOPS_URL}/projects/shop/environments/staging`;
    const staging = (resource: Partial<ResourceStateDocument>) => ({
      environments: [environmentDocument('staging', resource)],
    });
    let bodies: unknown[];

    beforeEach(() => {
      bodies = [];
      portal.show(staging({}));
      portal.server.use(
        http.get(`${url}/inventory`, () =>
          HttpResponse.json(inventoryDocument()),
        ),
        http.post(`${url}/:action`, async ({ request }) => {
          bodies.push(await request.json());
          return HttpResponse.json({}, { status: 202 });
        }),
      );
    });

    async function openDialog() {
      await userEvent.click(
        await screen.findByRole('button', {
          name: 'More actions for Staging',
        }),
      );
      await userEvent.click(
        await screen.findByRole('menuitem', { name: 'Suspend…' }),
      );
      return screen.findByRole('dialog', { name: 'Suspend Staging' });
    }

    it('asks why, suspends until a day, and follows both ways to their end', async () => {
      const { signals } = renderForEntity(<EntityGitopsContent />);
      const dialog = await openDialog();
      const confirm = within(dialog).getByRole('button', { name: 'Suspend' });
      await waitFor(() => expect(confirm).toBeEnabled());
      expect(await findA11yProblems(dialog)).toEqual([]);
      await userEvent.click(confirm);
      expect(
        within(dialog).getByText('Say why, so that others know.'),
      ).toBeInTheDocument();
      await userEvent.type(
        within(dialog).getByRole('textbox', { name: /Reason/ }),
        'Load test',
      );
      await userEvent.click(
        within(dialog).getByRole('button', { name: '1 day' }),
      );
      await userEvent.click(confirm);
      expect(await screen.findByText('Suspending…')).toBeInTheDocument();
      expect(bodies).toEqual([
        { reason: 'Load test', until: expect.stringMatching(/Z$/) },
      ]);
      const { until } = bodies[0] as { until: string };
      const hours = (Date.parse(until) - Date.now()) / 3_600_000;
      expect(hours).toBeGreaterThan(22);
      expect(hours).toBeLessThan(26);

      change(signals, { version: 11, ...staging({ status: 'suspended' }) });
      expect(await screen.findByText('Suspended.')).toBeInTheDocument();
      await userEvent.click(
        screen.getByRole('button', { name: 'Resume Staging' }),
      );
      expect(await screen.findByText('Resuming…')).toBeInTheDocument();
      change(signals, { version: 12, ...staging({ status: 'reconciling' }) });
      expect(await screen.findByText('Resuming…')).toBeInTheDocument();
      change(signals, { version: 13, ...staging({}) });
      expect(await screen.findByText('Resumed: Ready.')).toBeInTheDocument();
      expect(bodies).toHaveLength(2);
    });

    it('refuses a time that has passed', async () => {
      renderForEntity(<EntityGitopsContent />);
      const dialog = await openDialog();
      fireEvent.change(within(dialog).getByLabelText('End'), {
        target: { value: '2020-01-01T10:00' },
      });
      expect(
        within(dialog).getByText('Choose a moment in the future.'),
      ).toBeInTheDocument();
    });

    it('is not offered where Git owns the field, and says so', async () => {
      portal.server.use(
        http.get(`${url}/inventory`, () =>
          HttpResponse.json(
            inventoryDocument({ ownedByGit: ['spec.suspend'] }),
          ),
        ),
      );
      renderForEntity(<EntityGitopsContent />);
      const dialog = await openDialog();
      expect(
        await within(dialog).findByText(/Git owns the field spec.suspend/),
      ).toBeInTheDocument();
      expect(
        within(dialog).getByRole('button', { name: 'Suspend' }),
      ).toBeDisabled();
    });

    it('can leave the source alone when it reconciles', async () => {
      renderForEntity(<EntityGitopsContent />);
      await userEvent.click(
        await screen.findByRole('button', {
          name: 'More actions for Staging',
        }),
      );
      await userEvent.click(
        await screen.findByRole('menuitem', {
          name: 'Reconcile without fetching the source',
        }),
      );
      await waitFor(() => expect(bodies).toEqual([{ withSource: false }]));
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
    // Why is said once, not with every environment that is on it.
    expect(screen.getAllByText(/connection refused/)).toHaveLength(1);
    expect(screen.getByRole('list', { name: 'Clusters' })).toHaveTextContent(
      /far Offline, last heard 7 minutes ago/,
    );
    expect(
      within(await lane('Production')).queryByText('Ready'),
    ).not.toBeInTheDocument();
    expect(path('Production')[2]).toHaveTextContent('Unknown');
    expect(path('Staging')[2]).toHaveTextContent('Ready');
  });

  it('says that the page is out of date when the portal stops answering', async () => {
    let skew = 0;
    const realNow = Date.now;
    const clock = jest
      .spyOn(Date, 'now')
      .mockImplementation(() => realNow() + skew);
    try {
      const { signals } = renderForEntity(<EntityGitopsContent />);
      await lane('Staging');
      portal.refuse(503, 'shutting down');
      skew = 40_000;
      act(() =>
        signals.publish(GITOPS_SIGNAL_CHANNEL, { versions: { 'p-1': 11 } }),
      );
      expect(
        await screen.findByText('This page is out of date'),
      ).toBeInTheDocument();
      expect(screen.getByText(/shutting down/)).toBeInTheDocument();
      const staging = await lane('Staging');
      expect(within(staging).queryByText('Ready')).not.toBeInTheDocument();
      expect(staging).toHaveTextContent(/Unknown.*last known Ready/);

      portal.answer(() => HttpResponse.json(projectDocument()));
      await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
      await waitFor(() =>
        expect(
          screen.queryByText('This page is out of date'),
        ).not.toBeInTheDocument(),
      );
      expect(path('Staging')[2]).toHaveTextContent('Ready');
    } finally {
      clock.mockRestore();
    }
  });

  it('tells the history in one order of time, page by page, and what is new', async () => {
    const deployment = (
      id: string,
      environment: string,
      seconds: number,
      more: Partial<DeploymentDocument> = {},
    ) => ({
      id,
      environment,
      commit: COMMIT,
      method: 'gitops',
      status: 'succeeded',
      startedAt: ago(seconds),
      finishedAt: ago(seconds - 12),
      ...more,
    });
    const first = [
      deployment('2', 'staging', 300, {
        deployedBy: 'user:default/anna',
        commitInfo: { id: COMMIT, title: 'Charge VAT', author: 'Jonas' },
        leadTime: {
          committedAt: ago(400),
          fetchedAt: ago(310),
          appliedAt: ago(300),
          healthyAt: ago(280),
          totalMs: 120_000,
        },
      }),
    ];
    portal.server.use(
      http.get(`${GITOPS_URL}/projects/shop/deployments`, ({ request }) =>
        HttpResponse.json(
          new URL(request.url).searchParams.get('cursor') === 'c2'
            ? { items: [deployment('1', 'development', 900)] }
            : { items: first, nextCursor: 'c2' },
        ),
      ),
      http.get(`${GITOPS_URL}/projects/shop/events`, () =>
        HttpResponse.json({
          items: [
            {
              id: 'e2',
              timestamp: ago(200),
              eventType: 'audit',
              action: 'environment-suspended',
              severity: 'info',
              userId: 'user:default/anna',
              resourceType: 'environment',
              resourceId: 'x',
              environment: 'production',
              message: 'Suspended until 2031-05-04T10:00:00.000Z: load test',
            },
            {
              id: 'e1',
              timestamp: ago(600),
              eventType: 'system',
              action: 'environment-failed',
              severity: 'error',
              resourceType: 'environment',
              resourceId: 'x',
              environment: 'staging',
              message: 'Staging failed',
            },
          ],
        }),
      ),
    );
    const { signals } = renderForEntity(<EntityGitopsContent />);
    await userEvent.click(
      await screen.findByRole('button', { name: /Timeline/ }),
    );
    const list = await screen.findByRole('list', {
      name: 'What happened, newest first',
    });
    const lines = () =>
      within(list)
        .getAllByRole('listitem')
        .filter(item => item.parentElement === list)
        .map(item => item.textContent);
    // What is older than the last deployment read may have others before it.
    expect(lines()).toEqual([
      expect.stringMatching(
        /ProductionSuspended until May 4, 2031, .*: load test.*by anna/,
      ),
      expect.stringMatching(
        /Deployed5f2c9d4 into Staging.*Charge VAT by Jonasstarted by anna · took 12 sec.*Lead time 2 min/,
      ),
    ]);
    const lead = screen.getByRole('region', {
      name: 'Lead time of the newest deployment',
    });
    expect(lead).toHaveTextContent(
      /Staging2 min 0 sec.*Committed.*Fetched\+ 1 min 30 sec.*Applied\+ 10 sec.*Healthy\+ 20 sec/,
    );
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
    await waitFor(() => expect(lines()).toHaveLength(4));
    expect(
      screen.queryByRole('button', { name: 'Show more' }),
    ).not.toBeInTheDocument();

    first.unshift(deployment('3', 'production', 5, { status: 'failed' }));
    change(signals, { version: 11 });
    await waitFor(() => expect(lines()).toHaveLength(5));
    expect(lines()[0]).toMatch(/Failed5f2c9d4 into Production/);
    expect(await findA11yProblems()).toEqual([]);
  });

  it('opens what a link names, and a refresh closes nothing', async () => {
    portal.server.use(
      http.get(
        `${GITOPS_URL}/projects/shop/environments/staging/inventory`,
        () => HttpResponse.json(inventoryDocument()),
      ),
    );
    const { signals } = renderForEntity(<EntityGitopsContent />, {
      signals: true,
      path: '/?environment=staging&resource=apps%2FDeployment%2Fshop',
    });
    const drawer = await screen.findByRole('dialog', {
      name: 'Resources of Staging',
    });
    const details = await within(drawer).findByRole('group', {
      name: 'Deployment shop',
    });
    expect(details).toHaveTextContent(
      /apps\/v1 · project-shop-staging.*0 of 2 replicas/,
    );
    expect(within(drawer).getByText('7 objects, 2 failing')).toBeVisible();
    expect(await findA11yProblems(drawer)).toEqual([]);

    change(signals, { version: 11 });
    await waitFor(() =>
      expect(
        portal.requests.filter(each => each.endsWith('/inventory')),
      ).toHaveLength(2),
    );
    expect(details).toBeInTheDocument();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(drawer).not.toBeInTheDocument());
  });

  it('finds objects, and shows conditions and events beside them', async () => {
    portal.server.use(
      http.get(
        `${GITOPS_URL}/projects/shop/environments/staging/inventory`,
        () => HttpResponse.json(inventoryDocument()),
      ),
    );
    renderForEntity(<EntityGitopsContent />);
    await userEvent.click(
      await screen.findByRole('button', { name: 'Resources of Staging' }),
    );
    const drawer = await screen.findByRole('dialog');
    await within(drawer).findByText('shop-settings');

    await userEvent.click(
      within(drawer).getByRole('switch', { name: 'Failing only' }),
    );
    const tree = within(drawer).getByRole('list', { name: 'Objects' });
    expect(within(tree).queryByText('shop-settings')).not.toBeInTheDocument();
    expect(within(tree).getByText('shop-7c9b-x2x1z')).toBeInTheDocument();
    await userEvent.type(
      within(drawer).getByRole('searchbox', { name: 'Search objects' }),
      'nothing like it',
    );
    expect(within(drawer).getByText('No object matches.')).toBeInTheDocument();

    await userEvent.click(
      within(drawer).getByRole('tab', { name: 'Conditions' }),
    );
    expect(
      await within(drawer).findByRole('list', { name: /Conditions/ }),
    ).toHaveTextContent(/Ready.*False.*HealthCheckFailed.*timeout waiting/);
    await userEvent.click(within(drawer).getByRole('tab', { name: 'Events' }));
    expect(
      await within(drawer).findByRole('list', { name: 'Events' }),
    ).toHaveTextContent(/BackOff.*14 times/);
  });

  it('says why the cluster could not be asked, and asks again', async () => {
    let answer = () => errorResponse(503, 'the cluster does not answer');
    portal.server.use(
      http.get(
        `${GITOPS_URL}/projects/shop/environments/staging/inventory`,
        () => answer(),
      ),
    );
    renderForEntity(<EntityGitopsContent />);
    await userEvent.click(
      await screen.findByRole('button', { name: 'Resources of Staging' }),
    );
    const drawer = await screen.findByRole('dialog');
    expect(await within(drawer).findByRole('alert')).toHaveTextContent(
      'the cluster does not answer',
    );
    answer = () => HttpResponse.json(inventoryDocument({ objects: [] }));
    await userEvent.click(
      within(drawer).getByRole('button', { name: 'Try again' }),
    );
    expect(
      await within(drawer).findByText('This environment has no objects.'),
    ).toBeInTheDocument();
  });

  describe('credentials', () => {
    const url = `${GITOPS_URL}/projects/shop/credentials`;
    let credential: CredentialDocument;

    beforeEach(() => {
      credential = credentialDocument();
      portal.show({
        credential: { authType: 'ssh', validationStatus: 'valid' },
      });
      portal.server.use(http.get(url, () => HttpResponse.json(credential)));
    });

    const open = async () =>
      userEvent.click(
        await screen.findByRole('button', { name: /Credentials/ }),
      );

    it('tells kind, validity and places, and follows a rotation phase by phase', async () => {
      portal.server.use(
        http.post(`${url}/rotate`, () => {
          credential = credentialDocument({
            rotation: {
              phase: 'verifying',
              phaseSince: ago(0),
              startedAt: ago(2),
              startedBy: 'user:default/anna',
            },
          });
          return HttpResponse.json({}, { status: 202 });
        }),
      );
      renderForEntity(<EntityGitopsContent />);
      expect(
        await screen.findByRole('button', { name: /Credentials/ }),
      ).toHaveTextContent('Deploy key (SSH) · valid');
      await open();
      expect(await screen.findByText('SHA256:abc')).toBeInTheDocument();
      expect(
        screen.getByText('A read-only key is enough. Rotate it to get one.'),
      ).toBeInTheDocument();
      expect(screen.getByRole('row', { name: /Staging/ })).toHaveTextContent(
        /shop-git-auth.*Changed by somebody else/,
      );
      await userEvent.click(screen.getByRole('button', { name: 'Rotate' }));
      const phases = await screen.findByRole('list', { name: 'Rotation' });
      expect(
        within(phases)
          .getAllByRole('listitem')
          .find(item => item.getAttribute('aria-current') === 'step'),
      ).toHaveTextContent('See Flux fetch with it');
      credential = credentialDocument({
        fingerprint: 'SHA256:new',
        rotation: {
          phase: 'completed',
          phaseSince: ago(0),
          startedAt: ago(5),
          finishedAt: ago(0),
        },
      });
      expect(await screen.findByText('SHA256:new')).toBeInTheDocument();
      expect(screen.getByText(/^Rotated/)).toBeInTheDocument();
    });

    it('checks it on request and shows what was refused', async () => {
      let refuse = true;
      portal.server.use(
        http.post(`${url}/validate`, () => {
          if (refuse) {
            return errorResponse(503, 'the Git host does not answer');
          }
          credential = credentialDocument({ validationStatus: 'invalid' });
          return HttpResponse.json({});
        }),
      );
      renderForEntity(<EntityGitopsContent />);
      await open();
      await userEvent.click(
        await screen.findByRole('button', { name: 'Check now' }),
      );
      expect(await screen.findByRole('alert')).toHaveTextContent(
        /could not be checked.*the Git host does not answer/,
      );
      refuse = false;
      await userEvent.click(screen.getByRole('button', { name: 'Check now' }));
      expect(
        await screen.findByText('Checked: refused by the host.'),
      ).toBeInTheDocument();
    });

    it('says why it cannot be rotated', async () => {
      credential = credentialDocument({ notRotatable: 'brought' });
      renderForEntity(<EntityGitopsContent />);
      await open();
      const rotate = await screen.findByRole('button', { name: 'Rotate' });
      expect(rotate).toBeDisabled();
      expect(rotate).toHaveAccessibleDescription(
        /^The portal did not make it: make a new one at the Git host/,
      );
      expect(await findA11yProblems()).toEqual([]);
    });
  });

  it('says that the repository is not what was recorded any more', async () => {
    portal.show({
      repositoryConflict: {
        kind: 'renamed',
        recorded: 'shop',
        actual: 'web-shop',
        since: ago(4000),
        message: 'What other readers are told.',
      },
    });
    renderForEntity(<EntityGitopsContent />);
    expect(
      await screen.findByText('The repository was renamed'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        /^Repository 'team\/shop' at 'git.example.com' is called 'web-shop' now, and Flux.*set it up anew under the new name\. Noticed 1 hour ago\.$/,
      ),
    ).toBeInTheDocument();
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

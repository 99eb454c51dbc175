import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import { Stepper } from '@backstage/plugin-scaffolder-react/alpha';
import type { JsonObject, JsonValue } from '@backstage/types';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { GITOPS_URL, testClient } from '../__testUtils__/renderForEntity';
import { gitopsApiRef } from '../api/GitopsApi';
import { fleetRouteRef } from '../routes';
import { repositoryPickerField } from './repositoryPickerField';

const ONE_HOST = { gitea: [{ host: 'git.example.com:3000' }] };
const TWO_HOSTS = {
  gitea: [{ host: 'git.example.com' }, { host: 'git.example.org' }],
};

interface FormOptions {
  integrations?: JsonObject;
  answers?: Record<string, JsonValue>;
  field?: JsonObject;
  theme?: 'mui' | 'bui';
}

/** A portal's form: the project's name first, then where its code lives. */
function renderForm(options: FormOptions = {}) {
  const { integrations = ONE_HOST, answers, field, theme = 'mui' } = options;
  const created = jest.fn<Promise<void>, [Record<string, JsonValue>]>();
  renderInTestApp(
    <Stepper
      extensions={[
        {
          ...repositoryPickerField,
          schema: repositoryPickerField.schema.schema,
        },
      ]}
      formProps={{ EXPERIMENTAL_theme: theme }}
      initialState={answers}
      manifest={{
        title: 'Service',
        steps: [
          {
            title: 'The service',
            schema: {
              type: 'object',
              properties: { name: { title: 'Name', type: 'string' } },
            },
          },
          {
            title: 'Where the code lives',
            schema: {
              type: 'object',
              required: ['repoUrl'],
              properties: {
                repoUrl: {
                  title: 'Repository',
                  type: 'string',
                  description: 'It is created for **you**.',
                  'ui:field': 'GitopsRepositoryPicker',
                  ...field,
                },
              },
            },
          },
        ],
      }}
      onCreate={created}
    />,
    {
      config: { integrations },
      apis: [[gitopsApiRef, testClient()]],
      mountedRoutes: { '/gitops': fleetRouteRef },
    },
  );
  return { user: userEvent.setup(), created };
}

type User = ReturnType<typeof userEvent.setup>;

const ownerInput = () => screen.findByRole('textbox', { name: /^Owner/ });
const nameInput = () =>
  screen.findByRole('textbox', { name: /^Repository name/ });
const hostSelect = () => screen.findByRole('button', { name: /Git host/ });

async function press(user: User, button: string) {
  await user.click(await screen.findByRole('button', { name: button }));
}

async function write(user: User, input: HTMLElement, text: string) {
  await user.clear(input);
  await user.click(input);
  await user.paste(text);
}

async function nameProject(user: User, name: string) {
  await write(
    user,
    await screen.findByRole('textbox', { name: /^Name/ }),
    name,
  );
  await press(user, 'Next');
}

const OWN = '8d7f0b5e-1c52-4a30-9d6c-3c1de9b5a001';

describe('GitopsRepositoryPicker', () => {
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  beforeEach(() => withConnections());

  /** The user's connections to the first host, by status. */
  function withConnections(...statuses: string[]) {
    server.resetHandlers(
      http.get(`${GITOPS_URL}/connections/hosts`, () =>
        HttpResponse.json({ items: [{ host: 'git.example.com:3000' }] }),
      ),
      http.get(`${GITOPS_URL}/connections`, () =>
        HttpResponse.json({
          items: statuses.map(status => ({
            id: OWN,
            host: 'git.example.com:3000',
            username: 'jane',
            status,
          })),
        }),
      ),
    );
  }

  // The form scrolls up at each step, which jsdom does not know how to do.
  beforeEach(() => {
    jest.spyOn(window, 'scrollTo').mockImplementation();
  });
  afterEach(() => jest.restoreAllMocks());

  it.each(['mui', 'bui'] as const)(
    'takes the only host and the name of the project in a form of theme %s',
    async theme => {
      const { user, created } = renderForm({ theme });
      await nameProject(user, 'orders');

      const group = await screen.findByRole('group', { name: 'Repository' });
      expect(within(group).getByText('you').tagName).toBe('STRONG');
      expect(await hostSelect()).toHaveTextContent('git.example.com:3000');
      expect(await nameInput()).toHaveValue('orders');
      await write(user, await ownerInput(), 'platform');
      await press(user, 'Review');
      await press(user, 'Create');
      expect(created).toHaveBeenCalledWith({
        name: 'orders',
        repoUrl: 'git.example.com:3000?owner=platform&repo=orders',
      });
    },
  );

  it('follows the name of the project until the user gives another one', async () => {
    const { user, created } = renderForm();
    await nameProject(user, 'orders');
    await write(user, await ownerInput(), 'platform');

    await press(user, 'Back');
    await nameProject(user, 'payments');
    expect(await nameInput()).toHaveValue('payments');
    expect(await ownerInput()).toHaveValue('platform');

    await user.clear(await nameInput());
    expect(await nameInput()).toHaveValue('');
    await user.type(await nameInput(), 'payments-api');

    await press(user, 'Back');
    await nameProject(user, 'billing');
    expect(await nameInput()).toHaveValue('payments-api');
    await press(user, 'Review');
    await press(user, 'Create');
    expect(created).toHaveBeenCalledWith({
      name: 'billing',
      repoUrl: 'git.example.com:3000?owner=platform&repo=payments-api',
    });
  });

  it('follows what the template says', async () => {
    const { user } = renderForm({
      answers: { artifact: 'ledger' },
      field: { 'ui:options': { nameFrom: 'artifact' } },
    });
    await nameProject(user, 'orders');
    expect(await nameInput()).toHaveValue('ledger');
  });

  it.each(['mui', 'bui'] as const)(
    'asks which host where there are several, in a form of theme %s',
    async theme => {
      const { user, created } = renderForm({ integrations: TWO_HOSTS, theme });
      await nameProject(user, 'orders');
      await write(user, await ownerInput(), 'platform');

      await user.click(await hostSelect());
      const options = await screen.findAllByRole('option');
      expect(options.map(option => option.textContent)).toEqual([
        'git.example.com',
        'git.example.org',
      ]);
      await user.click(options[1]);
      await waitFor(async () =>
        expect(await hostSelect()).toHaveTextContent('git.example.org'),
      );
      await press(user, 'Review');
      await press(user, 'Create');
      expect(created).toHaveBeenCalledWith({
        name: 'orders',
        repoUrl: 'git.example.org?owner=platform&repo=orders',
      });
    },
  );

  it('says what is wrong, and goes on once it is right', async () => {
    const { user } = renderForm({ integrations: TWO_HOSTS });
    await nameProject(user, 'orders');
    await write(user, await ownerInput(), 'plat form');
    await write(user, await nameInput(), 'orders.git');
    await press(user, 'Review');

    expect(await screen.findByText('Choose a Git host.')).toBeInTheDocument();
    expect(
      screen.getByText(/^The owner 'plat form' is not possible: use letters/),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/^The repository name 'orders.git' is not possible/),
    ).toBeInTheDocument();
    expect(await ownerInput()).toBeInvalid();
    expect(await nameInput()).toBeInvalid();

    await user.click(await hostSelect());
    await user.click(await screen.findByText('git.example.com'));
    await write(user, await ownerInput(), 'platform');
    expect(await ownerInput()).toBeValid();
    expect(await nameInput()).toBeInvalid();
    await write(user, await nameInput(), 'orders');
    await press(user, 'Review');
    expect(
      await screen.findByRole('button', { name: 'Create' }),
    ).toBeInTheDocument();
  });

  it('does not take a host of an old link that the portal does not have', async () => {
    const { user } = renderForm({
      answers: { repoUrl: 'gone.example.com?owner=platform&repo=shop' },
    });
    await nameProject(user, 'orders');
    expect(await hostSelect()).not.toHaveTextContent('gone');
    expect(await ownerInput()).toHaveValue('platform');
    expect(await nameInput()).toHaveValue('shop');
    await press(user, 'Review');
    expect(
      await screen.findByText(
        "This portal cannot create repositories at 'gone.example.com': choose another Git host.",
      ),
    ).toBeInTheDocument();
  });

  it('says so when there is no host, and goes no further', async () => {
    const { user } = renderForm({
      // What Backstage reads public code from by itself is not offered.
      integrations: { bitbucketCloud: [] },
    });
    await nameProject(user, 'orders');
    expect(
      await screen.findByText(
        'This portal has no Git host to create repositories at',
      ),
    ).toBeInTheDocument();
    expect(screen.getByText(/under integrations/)).toBeInTheDocument();
    expect(screen.queryByRole('textbox')).not.toBeInTheDocument();
    await press(user, 'Review');
    expect(
      screen.queryByRole('button', { name: 'Create' }),
    ).not.toBeInTheDocument();
  });

  it("lets Flux read with the user's connection, if they say so", async () => {
    withConnections('expired', 'active');
    const { user, created } = renderForm({ theme: 'bui' });
    await nameProject(user, 'orders');
    await write(user, await ownerInput(), 'platform');
    expect(await screen.findByText(/^As jane, with all/)).toBeInTheDocument();
    await user.click(
      screen.getByRole('checkbox', {
        name: 'Let Flux read it with my connection',
      }),
    );
    await press(user, 'Review');
    await press(user, 'Create');
    expect(created).toHaveBeenCalledWith({
      name: 'orders',
      repoUrl: `git.example.com:3000?owner=platform&repo=orders&connection=${OWN}`,
    });
  });

  it.each([
    ['none', [], 'Connect', /since you are not connected/],
    ['a broken one', ['revoked'], 'Reconnect', /does not work any more/],
  ])('leads those who have %s to connections', async (_, own, link, words) => {
    withConnections(...own);
    const { user } = renderForm();
    await nameProject(user, 'orders');
    expect(await screen.findByText(words)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: link })).toHaveAttribute(
      'href',
      '/gitops/connections',
    );
    expect(screen.queryByRole('checkbox')).not.toBeInTheDocument();
  });

  it('cannot be changed where the template forbids it', async () => {
    const { user } = renderForm({ field: { 'ui:disabled': true } });
    await nameProject(user, 'orders');
    expect(await ownerInput()).toBeDisabled();
    expect(await nameInput()).toBeDisabled();
    expect(await hostSelect()).toHaveAttribute('aria-disabled', 'true');
  });
});

import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import { Stepper } from '@backstage/plugin-scaffolder-react/alpha';
import type { JsonObject, JsonValue } from '@backstage/types';
import { errorResponse } from '../__testUtils__/errorResponse';
import { findA11yProblems } from '../__testUtils__/findA11yProblems';
import { GITOPS_URL, testClient } from '../__testUtils__/renderForEntity';
import { gitopsApiRef } from '../api/GitopsApi';
import { environmentPickerField } from './environmentPickerField';

describe('GitopsEnvironmentPicker', () => {
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  beforeEach(() => {
    jest.spyOn(window, 'scrollTo').mockImplementation();
    withClusters('main');
  });
  afterEach(() => jest.restoreAllMocks());

  function withClusters(...names: string[]) {
    server.resetHandlers(
      http.get(`${GITOPS_URL}/clusters`, () =>
        HttpResponse.json({
          items: names.map(name => ({ name, state: 'live' })),
        }),
      ),
    );
  }

  function renderForm(
    theme: 'mui' | 'bui' = 'bui',
    answers: Record<string, JsonValue> = { name: 'orders' },
    field: JsonObject = {},
  ) {
    const created = jest.fn<Promise<void>, [Record<string, JsonValue>]>();
    const { container } = renderInTestApp(
      <Stepper
        extensions={[
          {
            ...environmentPickerField,
            schema: environmentPickerField.schema.schema,
          },
        ]}
        formProps={{ EXPERIMENTAL_theme: theme }}
        initialState={answers}
        manifest={{
          title: 'Service',
          steps: [
            {
              title: 'Where it runs',
              schema: {
                type: 'object',
                properties: {
                  environments: {
                    title: 'Environments',
                    type: 'array',
                    items: { type: ['object', 'string'] },
                    'ui:field': 'GitopsEnvironmentPicker',
                    ...field,
                  },
                },
              },
            },
          ],
        }}
        onCreate={created}
      />,
      { apis: [[gitopsApiRef, testClient()]] },
    );
    return { user: userEvent.setup(), created, container };
  }

  type User = ReturnType<typeof userEvent.setup>;
  const names = () => screen.findAllByRole('textbox', { name: /^Name/ });
  const press = async (user: User, name: string) =>
    user.click(await screen.findByRole('button', { name }));

  it.each(['mui', 'bui'] as const)(
    'has the three usual ones at once in a form of theme %s',
    async theme => {
      const { user, created, container } = renderForm(theme);
      const fields = await names();
      expect(fields.map(field => (field as HTMLInputElement).value)).toEqual([
        'development',
        'staging',
        'production',
      ]);
      // One cluster is no choice.
      expect(screen.queryByText('Cluster')).not.toBeInTheDocument();
      await expect(findA11yProblems(container)).resolves.toEqual([]);
      await press(user, 'Review');
      await press(user, 'Create');
      expect(created).toHaveBeenCalledWith({
        name: 'orders',
        environments: [
          { name: 'development' },
          { name: 'staging' },
          { name: 'production' },
        ],
      });
    },
  );

  it('asks for cluster, type and approvals where they can be had', async () => {
    withClusters('main', 'edge');
    const { user, created } = renderForm('bui');
    await press(user, 'Remove staging');
    const production = await screen.findByRole('group', {
      name: 'Environment 2: production',
    });
    await user.click(
      await within(production).findByRole('button', { name: /Cluster/ }),
    );
    await user.click(await screen.findByRole('option', { name: 'edge' }));
    await press(user, 'More about production');
    await user.click(
      await within(production).findByRole('button', { name: /Approvals/ }),
    );
    await user.click(
      await screen.findByRole('option', { name: '2 approvals' }),
    );
    await user.click(
      await within(production).findByRole('button', { name: /Type/ }),
    );
    await user.click(await screen.findByRole('option', { name: 'Custom' }));
    await press(user, 'Review');
    await press(user, 'Create');
    expect(created).toHaveBeenCalledWith({
      name: 'orders',
      environments: [
        { name: 'development' },
        {
          name: 'production',
          cluster: 'edge',
          type: 'custom',
          approvalRequired: true,
          minApprovals: 2,
        },
      ],
    });
  });

  it('says what is wrong with a name, and goes on once it is right', async () => {
    const { user } = renderForm('bui', {
      name: 'x'.repeat(43),
      environments: [
        { name: 'Prod!' },
        { name: 'eu' },
        { name: 'eu' },
        { name: 'a-very-long-environment' },
        { name: '' },
      ],
    });
    await press(user, 'Review');
    expect(
      await screen.findByText(/^The environment name 'Prod!' is not possible/),
    ).toBeInTheDocument();
    for (const words of [
      "The environment name 'eu' is given twice.",
      /^The environment name 'a-very-long-environment' is too long/,
      'Give environment 5 a name.',
    ]) {
      expect(screen.getByText(words)).toBeInTheDocument();
    }
    const fields = await names();
    expect(fields[0]).toBeInvalid();
    expect(fields[1]).toBeValid();
    expect(fields[2]).toBeInvalid();
  });

  it('works for those who may not see clusters', async () => {
    server.use(
      http.get(`${GITOPS_URL}/clusters`, () =>
        errorResponse(403, 'no', 'NotAllowedError'),
      ),
    );
    const { user, created } = renderForm('bui', {
      name: 'orders',
      environments: ['live'],
    });
    expect(await names()).toHaveLength(1);
    await press(user, 'Add an environment');
    const added = (await names())[1];
    await user.click(added);
    await user.paste('preview');
    await press(user, 'Review');
    await press(user, 'Create');
    expect(created).toHaveBeenCalledWith({
      name: 'orders',
      environments: [{ name: 'live' }, { name: 'preview' }],
    });
  });
});

import { actionsRegistryServiceMock } from '@backstage/backend-test-utils/alpha';
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Knex } from 'knex';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { gitopsResources } from '../database/tables';
import { CALLERS, TestRoutes } from '../router/__testUtils__/TestRoutes';
import { registerActions } from './index';

const databases = createTestDatabases();
const COMMIT = '0123456789012345678901234567890123456789';

describe.each(databases.ids)('registered actions on %s', id => {
  let knex: Knex;
  let services: TestRoutes;
  const registry = actionsRegistryServiceMock({
    logger: mockServices.logger.mock(),
  });

  beforeAll(async () => {
    knex = await databases.migrated(id);
    services = new TestRoutes(knex);
    registry.actions.clear();
    registerActions({ ...services.options, registry });
    const { environments } = await seedProject(knex, 'shop');
    await knex('gitops_resources')
      .where({ id: environments[1].kustomization.id })
      .update(
        gitopsResources.update({
          status: 'failed',
          lastAppliedRevision: `main@sha1:${COMMIT}`,
          statusMessage: 'kustomize build failed',
          diagnosis: {
            id: 'K5',
            cause: 'The overlay cannot be built.',
            subject: {
              kind: 'Kustomization',
              namespace: 'project-shop',
              name: 'shop-staging',
              field: 'spec.path',
            },
            nextStep: 'Mend it.',
          },
        }),
      );
    await seedProject(knex, 'theirs', {
      project: { ownerRef: 'group:default/members' },
    });
  });

  const invoke = (
    name: string,
    input: JsonObject,
    credentials: BackstageCredentials = CALLERS.owner,
  ) => registry.invoke({ id: `test:${name}`, input, credentials });

  it('are four, and say of themselves what they do', async () => {
    const { actions } = await registry.list();
    expect(
      actions.map(({ name, attributes }) => [name, attributes.readOnly]),
    ).toEqual([
      ['list-projects', true],
      ['get-project-status', true],
      ['diagnose-project', true],
      ['reconcile-environment', false],
    ]);
    for (const { description, attributes } of actions) {
      expect(description.length).toBeGreaterThan(80);
      expect(attributes.destructive).toBe(false);
    }
  });

  it('list what the caller may see', async () => {
    const { output } = await invoke('list-projects', {
      state: ['failed'],
      environment: ['staging'],
    });
    expect(output).toMatchObject({
      total: 1,
      projects: [
        {
          slug: 'shop',
          environments: [
            { name: 'development', state: 'pending' },
            {
              name: 'staging',
              state: 'failed',
              commit: COMMIT,
              cause: 'The overlay cannot be built.',
            },
            { name: 'production' },
          ],
        },
      ],
    });
    const member = await invoke('list-projects', {}, CALLERS.member);
    expect(member.output).toMatchObject({
      total: 1,
      projects: [{ slug: 'theirs' }],
    });
    const stranger = await invoke('list-projects', {}, CALLERS.stranger);
    expect(stranger.output).toMatchObject({ total: 0, projects: [] });
  });

  it('tell the status and what is wrong', async () => {
    const { output } = await invoke('get-project-status', { project: 'shop' });
    expect(output).toMatchObject({
      slug: 'shop',
      status: 'active',
      setUp: { progress: 100, running: false },
      environments: [
        {},
        { name: 'staging', state: 'failed', commit: COMMIT },
        {},
      ],
      clusters: [{ name: 'sandbox', state: 'connecting' }],
    });
    const diagnosis = await invoke('diagnose-project', { project: 'shop' });
    expect((diagnosis.output as { items: unknown[] }).items).toContainEqual(
      expect.objectContaining({
        environment: 'staging',
        resource: 'kustomization project-shop/shop-staging',
        subject: 'Kustomization project-shop/shop-staging spec.path',
        nextStep: 'Mend it.',
        message: 'kustomize build failed',
      }),
    );
  });

  it('hold to the rights of who asks', async () => {
    for (const name of ['get-project-status', 'diagnose-project']) {
      for (const [project, caller] of [
        ['shop', CALLERS.stranger],
        ['shop', CALLERS.member],
        ['none', CALLERS.owner],
      ] as const) {
        await expect(invoke(name, { project }, caller)).rejects.toMatchObject({
          name: 'NotFoundError',
        });
      }
    }
    const reconcile = (credentials: BackstageCredentials, input = {}) =>
      invoke(
        'reconcile-environment',
        { project: 'shop', environment: 'staging', ...input },
        credentials,
      ).then(
        () => 'done',
        ({ name }: Error) => name,
      );
    expect(await reconcile(CALLERS.stranger)).toBe('NotFoundError');
    expect(await reconcile(CALLERS.viewer)).toBe('NotAllowedError');
    expect(await reconcile(mockCredentials.service())).toBe('NotAllowedError');
    expect(await reconcile(CALLERS.owner, { environment: 'none' })).toBe(
      'NotFoundError',
    );
    services.audited.length = 0;
    // As far as the cluster, which nobody reaches here.
    expect(await reconcile(CALLERS.owner)).toBe('ServiceUnavailableError');
    expect(services.audited).toEqual([
      {
        severityLevel: 'medium',
        eventId: 'environment-mutate',
        meta: { slug: 'shop', environment: 'staging', action: 'reconcile' },
      },
    ]);
  });
});

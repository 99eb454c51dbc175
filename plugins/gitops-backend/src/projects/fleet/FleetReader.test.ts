import {
  fleetQuerySchema,
  type FleetQuery,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../../database/__testUtils__/createTestDatabases';
import {
  newProject,
  seedProject,
} from '../../database/__testUtils__/seedProject';
import { isSqlite } from '../../database/dialect';
import {
  clusterSessions,
  environments,
  gitopsResources,
  projects,
} from '../../database/tables';
import { FleetReader } from './FleetReader';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const COMMIT = '0123456789012345678901234567890123456789';
const minutesAgo = (minutes: number) =>
  new Date(Date.now() - minutes * 60_000).toISOString();

describe.each(databases.ids)('the fleet on %s', id => {
  let knex: Knex;
  let fleet: FleetReader;
  const queries: { sql: string; bindings: readonly unknown[] }[] = [];

  beforeAll(async () => {
    knex = await databases.migrated(id);
    fleet = new FleetReader(knex);
    knex.on('query', query => queries.push(query));
  });

  function read(
    query: FleetQuery = {},
    restrict: ((builder: Knex.QueryBuilder) => void) | undefined = () => {},
  ) {
    return fleet.read({ query: fleetQuerySchema.parse(query), restrict });
  }
  const slugs = async (query?: FleetQuery) =>
    (await read(query)).page.items.map(({ slug }) => slug);

  async function session(changes: object) {
    await knex('cluster_sessions').delete();
    await knex('cluster_sessions').insert(
      clusterSessions.insertion({
        cluster: 'sandbox',
        fence: 1,
        state: 'live',
        stateSince: minutesAgo(60),
        lastSyncedAt: minutesAgo(0),
        ...changes,
      }),
    );
  }

  describe('of a few', () => {
    beforeAll(async () => {
      await knex('projects').delete();
      const states: Record<string, ResourceStatus[]> = {
        alpha: ['ready', 'ready', 'ready'],
        beta: ['ready', 'failed', 'reconciling'],
        gamma: ['reconciling', 'ready', 'suspended'],
        delta: ['stalled', 'pending', 'ready'],
      };
      for (const [slug, own] of Object.entries(states)) {
        const seeded = await seedProject(knex, slug, {
          project: {
            name: slug === 'alpha' ? 'Zeta 100%' : slug,
            ownerRef: `group:default/${slug === 'beta' ? 'two' : 'one'}`,
          },
        });
        for (const [index, status] of own.entries()) {
          await knex('gitops_resources')
            .where({ id: seeded.environments[index].kustomization.id })
            .update(
              gitopsResources.update({
                status,
                statusSince: minutesAgo(5),
                lastAppliedRevision: `main@sha1:${COMMIT}`,
                ...(status === 'failed' && {
                  diagnosis: {
                    id: 'K5',
                    cause: 'The overlay cannot be built.',
                    subject: { kind: 'Kustomization', name: 'x' },
                    nextStep: 'Mend it.',
                  },
                }),
              }),
            );
        }
      }
      await knex.transaction(trx =>
        trx('projects').insert(
          projects.insertion(newProject('broken', { status: 'failed' })),
        ),
      );
    });

    beforeEach(() => session({}));

    it('shows the worst first, with what is wrong', async () => {
      const { page, sessions } = await read();
      expect(page.items.map(({ slug }) => slug)).toEqual([
        'beta',
        'broken',
        'delta',
        'gamma',
        'alpha',
      ]);
      expect(page).toMatchObject({
        total: 5,
        states: {
          ready: 6,
          failed: 1,
          stalled: 1,
          reconciling: 2,
          pending: 1,
          suspended: 1,
        },
      });
      expect(page.nextCursor).toBeUndefined();
      expect(sessions).toMatchObject([{ cluster: 'sandbox', state: 'live' }]);
      expect(page.items[0]).toMatchObject({
        ownerRef: 'group:default/two',
        environments: [
          { name: 'development', status: 'ready', commit: COMMIT },
          {
            name: 'staging',
            status: 'failed',
            cause: 'The overlay cannot be built.',
          },
          { name: 'production', status: 'reconciling' },
        ],
      });
      expect(page.items[1].environments).toEqual([]);
    });

    it.each<[string, FleetQuery, string[]]>([
      ['a state', { state: ['failed', 'stalled'] }, ['beta', 'delta']],
      ['what is still to come', { state: ['pending'] }, ['delta']],
      ['an owner', { owner: ['group:default/two'] }, ['beta']],
      [
        'entities',
        { entity: ['component:default/alpha', 'component:default/none'] },
        ['alpha'],
      ],
      ['a status', { status: ['failed'] }, ['broken']],
      ['a cluster nobody uses', { cluster: ['elsewhere'] }, []],
      [
        'one environment in one state',
        { environment: ['production'], state: ['ready'] },
        ['delta', 'alpha'],
      ],
      ['text of a name', { text: '100%' }, ['alpha']],
      ['text of a slug', { text: 'ETA' }, ['beta', 'alpha']],
      ['text that is no pattern', { text: '%' }, ['alpha']],
    ])('narrows by %s', async (_, query, expected) => {
      expect(await slugs(query)).toEqual(expected);
      expect((await read(query)).page.total).toBe(expected.length);
    });

    it.each(['attention', 'name'] as const)(
      'is paged by %s without gap or double',
      async order => {
        const all = await slugs({ order });
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const { page, sessions } = await read({ order, limit: 2, cursor });
          expect(page.total).toBe(cursor ? undefined : 5);
          expect(sessions === undefined).toBe(cursor !== undefined);
          paged.push(...page.items.map(({ slug }) => slug));
          cursor = page.nextCursor;
        } while (cursor);
        expect(paged).toEqual(all);
        expect(new Set(paged).size).toBe(5);
      },
    );

    it('refuses the cursor of another order', async () => {
      const { page } = await read({ limit: 2 });
      await expect(
        read({ order: 'name', cursor: page.nextCursor }),
      ).rejects.toThrow("query parameter 'cursor'");
    });

    it('holds to what the caller may see', async () => {
      const own = await read({}, builder =>
        builder.whereIn('projects.owner_ref', ['group:default/two']),
      );
      expect(own.page).toMatchObject({ total: 1, items: [{ slug: 'beta' }] });
      const { page } = await fleet.read({ query: fleetQuerySchema.parse({}) });
      expect(page).toMatchObject({ total: 0, items: [], states: {} });
    });

    it('never tells the state of a lost cluster as the present one', async () => {
      await session({
        state: 'unreachable',
        error: 'version too old',
        wording: { id: 'clusterVersionOld' },
        lastSyncedAt: minutesAgo(5),
      });
      const { page, sessions } = await read({ state: ['unknown'] });
      expect(sessions).toMatchObject([
        { error: 'version too old', wording: { id: 'clusterVersionOld' } },
      ]);
      expect(page.total).toBe(4);
      expect(page.states).toEqual({ unknown: 11, pending: 1 });
      expect(page.items[0].environments[0]).toMatchObject({
        status: 'unknown',
        commit: COMMIT,
        cause: 'version too old',
        wording: { id: 'clusterVersionOld' },
      });
      expect(await slugs({ state: ['ready'] })).toEqual([]);
      // Nobody wrote that it is lost, and nobody has heard of it either.
      await session({ lastSyncedAt: minutesAgo(11) });
      expect(await slugs({ state: ['ready'] })).toEqual([]);
    });
  });

  describe('of a thousand with ten thousand environments', () => {
    const COUNT = 1_000;
    const STAGES = 10;

    beforeAll(async () => {
      await knex('projects').delete();
      await session({});
      const rows = Array.from({ length: COUNT }, (_, index) =>
        newProject(`shop-${String(index).padStart(4, '0')}`, {
          status: 'active',
          ownerRef: `group:default/team-${index % 50}`,
        }),
      );
      await knex.batchInsert(
        'projects',
        rows.map(row => projects.insertion(row)),
        30,
      );
      const stages = rows.flatMap(({ id: projectId, slug }) =>
        Array.from({ length: STAGES }, (_, position) => ({
          id: randomUUID(),
          resourceId: randomUUID(),
          projectId,
          slug,
          position,
        })),
      );
      await knex.transaction(async trx => {
        await trx.batchInsert(
          'environments',
          stages.map(({ id: stageId, projectId, slug, position }) =>
            environments.insertion({
              id: stageId,
              projectId,
              name: `stage-${position}`,
              displayName: `Stage ${position}`,
              type: 'custom',
              status: 'active',
              statusSince: minutesAgo(60),
              cluster: `cluster-${position % 3}`,
              namespace: `project-${slug}-stage-${position}`,
              position,
            }),
          ),
          50,
        );
        await trx.batchInsert(
          'gitops_resources',
          stages.map(({ id: environmentId, ...stage }, index) =>
            gitopsResources.insertion({
              id: stage.resourceId,
              projectId: stage.projectId,
              environmentId,
              type: 'kustomization',
              cluster: `cluster-${stage.position % 3}`,
              namespace: `project-${stage.slug}`,
              name: `${stage.slug}-stage-${stage.position}`,
              suspended: false,
              status: index % 97 === 0 ? 'failed' : 'ready',
              statusSince: minutesAgo(5),
              lastAppliedRevision: `main@sha1:${COMMIT}`,
              version: 1,
            }),
          ),
          30,
        );
        await trx.raw(
          'update environments set gitops_resource_id = (select id from gitops_resources where environment_id = environments.id)',
        );
      });
      await knex.raw('analyze');
    });

    /**
     * PostgreSQL reads small tables from end to end where that is cheaper; it is
     * told not to, so that the plan shows whether it would have another way.
     */
    async function planOf({
      sql,
      bindings,
    }: {
      sql: string;
      bindings: readonly unknown[];
    }) {
      const explain = isSqlite(knex) ? 'explain query plan' : 'explain';
      return knex.transaction(async trx => {
        if (!isSqlite(knex)) {
          await trx.raw('set local enable_seqscan = off');
        }
        const answer = await trx.raw(
          `${explain} ${sql.replace(/\$\d+/g, '?')}`,
          [...bindings] as never,
        );
        const lines: Record<string, string>[] = answer.rows ?? answer;
        return lines.map(line => line.detail ?? line['QUERY PLAN']).join('\n');
      });
    }

    async function pageQuery(query: FleetQuery) {
      queries.length = 0;
      const { page } = await read(query);
      return {
        page,
        count: queries.length,
        plan: await planOf(
          queries.find(({ sql }) => sql.includes('last_applied_revision'))!,
        ),
      };
    }

    it.each<[string, FleetQuery]>([
      ['the worst', {}],
      ['names', { order: 'name' }],
      ['one owner', { owner: ['group:default/team-7'] }],
      ['failures', { state: ['failed'] }],
      ['one cluster', { cluster: ['cluster-1'], environment: ['stage-4'] }],
    ])('finds a page of %s by indexes', async (_, query) => {
      const first = await pageQuery(query);
      expect(first.count).toBeLessThanOrEqual(2);
      expect(first.page.items.length).toBeGreaterThan(0);
      expect(first.plan).toMatch(
        /gitops_resources_(fleet_index|pkey)|_autoindex_gitops_resources/,
      );
      // No table whose size grows with the environments is read from end to end.
      expect(first.plan).not.toMatch(
        isSqlite(knex)
          ? /SCAN (environments|stage|resource|own|gitops)\b/
          : /Seq Scan on (environments|gitops_resources)/,
      );
      const { nextCursor: cursor } = first.page;
      const following = cursor && (await pageQuery({ ...query, cursor }));
      expect(following ? following.count : 1).toBe(1);
    });

    it('is fast', async () => {
      const took: number[] = [];
      for (let round = 0; round < 15; round++) {
        const start = performance.now();
        await read({ order: round % 2 ? 'name' : 'attention', limit: 50 });
        took.push(performance.now() - start);
      }
      const median = took.sort((a, b) => a - b)[7];
      // Far above what it takes, far below what a missing index would cost.
      expect(median).toBeLessThan(500);
    });
  });
});

import { createTestDatabases } from '../../database/__testUtils__/createTestDatabases';
import { ConnectionReplica } from './__testUtils__/ConnectionReplica';
import { OAuthHost } from './__testUtils__/OAuthHost';
import { SharedDatabase } from './__testUtils__/SharedDatabase';

const CONNECTIONS = 1_000;

jest.setTimeout(120_000);

const databases = createTestDatabases();
const postgres = databases.ids.find(id => id !== 'SQLITE_3');
// SQLite has one replica by nature; what two do is a matter of PostgreSQL.
const onPostgres = postgres ? describe : describe.skip;

let host: OAuthHost;
let shared: SharedDatabase;

afterEach(async () => {
  await shared?.close();
  await host?.stop();
});

onPostgres('on PostgreSQL', () => {
  it('two replicas renew 1,000 connections with as many calls', async () => {
    host = await OAuthHost.start();
    shared = await SharedDatabase.create(databases, postgres!);
    const replicas = [
      new ConnectionReplica(await shared.open(), host),
      new ConnectionReplica(await shared.open(), host),
    ];
    await replicas[0].seedDue(CONNECTIONS);

    const before = performance.now();
    const renewed = await Promise.all(
      replicas.map(({ connections }) => connections.upkeep.renewDue()),
    );
    const took = performance.now() - before;

    expect(host.refreshCalls).toBe(CONNECTIONS);
    expect(Math.max(...host.refreshes.values())).toBe(1);
    expect(renewed[0] + renewed[1]).toBe(CONNECTIONS);
    expect(Math.min(...renewed)).toBeGreaterThan(0);
    const rows = await replicas[0].knex('git_platform_connections');
    expect(rows).toHaveLength(CONNECTIONS);
    for (const row of rows) {
      expect(row).toMatchObject({
        status: 'active',
        revision: 1,
        refresh_attempt: null,
        refresh_failures: 0,
      });
      expect(row.refresh_at.getTime()).toBeGreaterThan(Date.now());
    }
    // And nothing is left to do.
    await Promise.all(
      replicas.map(({ connections }) => connections.upkeep.renewDue()),
    );
    expect(host.refreshCalls).toBe(CONNECTIONS);
    process.stderr.write(
      `[connections] ${CONNECTIONS} renewed by two replicas (${renewed.join(
        ' + ',
      )}) with ${host.refreshCalls} calls in ${Math.round(took)} ms\n`,
    );
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { until as untilWithin } from '../__testUtils__/until';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import {
  clusterSessions,
  deployments,
  gitopsResources,
} from '../database/tables';
import { CuttableProxy } from './__testUtils__/CuttableProxy';
import {
  applied,
  FIRST,
  kustomization,
  SECOND,
  source,
  THIRD,
} from './__testUtils__/fluxObjects';
import { TestApiServer } from './__testUtils__/TestApiServer';

jest.setTimeout(180_000);

const TAKE_OVER_MS = 15_000;
const databases = createTestDatabases();
// Replicas share a cluster through PostgreSQL; SQLite has one process.
const shared = databases.ids.filter(id => id.startsWith('POSTGRES'));

(shared.length > 0 ? describe : describe.skip)(
  'replicas in processes of their own',
  () => {
    let knex: Knex;
    let server: TestApiServer;
    let url: string;
    let connection: URL;
    let children: ChildProcess[];
    const cleanUp: (() => Promise<void>)[] = [];

    beforeEach(async () => {
      knex = await databases.migrated(shared[0]);
      connection = connectionOf(knex);
      await seedProject(knex, 'shop', { environments: ['staging'] });
      server = new TestApiServer();
      url = await server.start();
      children = [];
      for (const name of ['project-shop', 'project-shop-staging']) {
        server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      }
      server.put(source(FIRST));
      server.put(kustomization(applied(FIRST)));
    });

    afterEach(async () => {
      for (const child of children.filter(
        ({ exitCode }) => exitCode === null,
      )) {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) {
          await once(child, 'exit');
        }
      }
      await Promise.all(cleanUp.splice(0).map(step => step()));
      await server.stop();
      await knex.destroy();
    });

    function startReplica(database: URL = connection): ChildProcess {
      const child = spawn(
        process.execPath,
        [
          '--require',
          require.resolve('@backstage/cli/config/nodeTransform.cjs'),
          resolve(__dirname, '__testUtils__/replica.ts'),
          database.href,
          url,
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      children.push(child);
      return child;
    }

    /** Processes start and take over in their own time. */
    const until = (condition: () => Promise<boolean>) =>
      untilWithin(condition, undefined, { limitMs: 60_000, restMs: 50 });

    async function holds(child: ChildProcess): Promise<boolean> {
      const row = await knex(clusterSessions.name).first();
      const session = row && clusterSessions.fromRow(row);
      return (
        session?.holder?.split('/')[1] === String(child.pid) &&
        session.state === 'live'
      );
    }
    const row = async () =>
      gitopsResources.fromRow(
        await knex(gitopsResources.name)
          .where({ type: 'kustomization' })
          .first(),
      );
    const isAt = async (commit: string) =>
      (await row()).lastAppliedRevision === `main@sha1:${commit}`;
    const commits = async () =>
      (await knex(deployments.name).orderBy('started_at')).map(
        deployment => deployment.commit_hash[0],
      );
    function deploy(commit: string) {
      server.put(source(commit));
      server.put(kustomization(applied(commit)));
    }

    /** One that holds the cluster, and one that waits for it. */
    async function startPair(database?: URL) {
      const holder = startReplica(database);
      await until(() => holds(holder));
      const other = startReplica();
      await until(() => isAt(FIRST));
      return { holder, other };
    }

    it('takes over from one that is killed, without a gap', async () => {
      const { holder, other } = await startPair();
      holder.kill('SIGKILL');
      deploy(SECOND);
      const ms = await until(() => holds(other));
      report('killed', ms);
      await until(() => isAt(SECOND));
      expect(ms).toBeLessThan(TAKE_OVER_MS);
      expect(await commits()).toEqual(['1', '2']);
    });

    it('takes over from one that is paused, which writes nothing when it is back', async () => {
      const { holder, other } = await startPair();
      holder.kill('SIGSTOP');
      deploy(SECOND);
      const ms = await until(() => holds(other));
      report('paused', ms);
      expect(ms).toBeLessThan(TAKE_OVER_MS);
      await until(() => isAt(SECOND));
      const { fence } = await knex(clusterSessions.name).first();

      holder.kill('SIGCONT');
      deploy(THIRD);
      await until(() => isAt(THIRD));
      // Long enough for it to renew, to write, and to ask for the cluster again.
      await delay(8_000);
      expect(await holds(other)).toBe(true);
      expect((await knex(clusterSessions.name).first()).fence).toBe(fence);
      expect(await commits()).toEqual(['1', '2', '3']);
      expect((await row()).status).toBe('ready');
    });

    it('takes over from one that has lost the database', async () => {
      const proxy = new CuttableProxy({
        host: connection.hostname,
        port: Number(connection.port),
      });
      const through = new URL(connection);
      through.host = `127.0.0.1:${await proxy.start()}`;
      cleanUp.push(() => proxy.stop());
      const { other } = await startPair(through);
      proxy.cut();
      deploy(SECOND);
      const ms = await until(() => holds(other));
      report('cut off from the database', ms);
      expect(ms).toBeLessThan(TAKE_OVER_MS);
      await until(() => isAt(SECOND));

      proxy.mend();
      deploy(THIRD);
      await until(() => isAt(THIRD));
      await delay(5_000);
      expect(await holds(other)).toBe(true);
      expect(await commits()).toEqual(['1', '2', '3']);
    });

    it('keeps what it could not write while the database is gone', async () => {
      const proxy = new CuttableProxy({
        host: connection.hostname,
        port: Number(connection.port),
      });
      const through = new URL(connection);
      through.host = `127.0.0.1:${await proxy.start()}`;
      cleanUp.push(() => proxy.stop());
      const only = startReplica(through);
      await until(() => holds(only));
      await until(() => isAt(FIRST));
      proxy.cut();
      deploy(SECOND);
      deploy(THIRD);
      await delay(3_000);
      expect(await isAt(FIRST)).toBe(true);
      proxy.mend();
      await until(() => isAt(THIRD));
      expect((await row()).status).toBe('ready');
    });
  },
);

function report(what: string, ms: number) {
  process.stderr.write(
    `take-over from a replica that was ${what}: ${(ms / 1_000).toFixed(1)} s\n`,
  );
}

/** Where another process finds the database of the test. */
function connectionOf(knex: Knex): URL {
  const { connectionString, host, port, user, password, database } =
    knex.client.config.connection;
  const url = new URL(connectionString ?? 'postgresql://127.0.0.1');
  if (host) {
    url.hostname = host;
  }
  if (port) {
    url.port = String(port);
  }
  if (user) {
    url.username = user;
  }
  if (password) {
    url.password = password;
  }
  if (database) {
    url.pathname = `/${database}`;
  }
  return url;
}

import type { LoggerService } from '@backstage/backend-plugin-api';
import createKnex from 'knex';
import { ClusterRegistry } from '../../clusters/ClusterRegistry';
import { createStores } from '../../database/createStores';
import { DirectClusterConnection } from '../../initialization/__testUtils__/DirectClusterConnection';
import { StatusEngine } from '../StatusEngine';

/**
 * A status engine in a process of its own, for tests that kill, stop and cut
 * off: `node replica.ts <PostgreSQL connection string> <URL of an API server>`.
 */
function main([connection, url]: string[]) {
  const say = (message: string) => process.stderr.write(`${message}\n`);
  const logger: LoggerService = {
    debug: () => {},
    info: say,
    warn: say,
    error: say,
    child: () => logger,
  };
  const knex = createKnex({
    client: 'pg',
    connection: { connectionString: connection, keepAlive: true },
    pool: { min: 0, max: 4 },
    acquireConnectionTimeout: 5_000,
  });
  const clusters = new ClusterRegistry({
    provider: {
      list: async () => ({
        connections: [
          new DirectClusterConnection('sandbox', { url, token: 't' }),
        ],
        refused: [],
      }),
    },
    logger,
  });
  StatusEngine.create({
    ...createStores(knex),
    knex,
    clusters,
    notifier: { notify: () => {} },
    logger,
  }).start();
  // The engine's own timers keep no process alive.
  setInterval(() => {}, 60_000);
}

main(process.argv.slice(2));

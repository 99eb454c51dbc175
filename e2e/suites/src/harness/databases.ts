import { randomBytes } from 'node:crypto';
import { type PortalDatabase, postgresDatabase } from './PortalDatabase';

const connectionString = process.env.GITOPS_E2E_POSTGRES;

/** Where a portal keeps its data; SQLite in its own folder unless it has `make`. */
export interface DatabaseChoice {
  title: string;
  make?: () => PortalDatabase;
}

/** The databases that suites run on, as far as they can be had here. */
export function availableDatabases(): DatabaseChoice[] {
  const choices: DatabaseChoice[] = [{ title: 'SQLite' }];
  if (connectionString) {
    choices.push({
      title: 'PostgreSQL',
      make: () =>
        postgresDatabase(
          connectionString,
          `gitops_e2e_${randomBytes(4).toString('hex')}_`,
        ),
    });
  } else {
    process.stderr.write(
      '[e2e] SKIPPED: on PostgreSQL, for want of one; set GITOPS_E2E_POSTGRES to a connection string\n',
    );
  }
  return choices;
}

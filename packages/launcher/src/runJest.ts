import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './paths';
import { say } from './say';
import { TemporaryPostgres } from './postgres/TemporaryPostgres';

/**
 * Runs tests through backstage-cli, with a PostgreSQL of its own where it is
 * installed, and passes their exit code on.
 *
 * @param folder - where the CLI is called, relative to the repository
 * @param args - of the CLI, for example `repo test --watch=false`
 */
export async function runJest(folder: string, args: string[]): Promise<void> {
  const postgres = await TemporaryPostgres.start();
  const environment: Record<string, string> = {
    // Containers are never used, also where CI would ask for them.
    BACKSTAGE_TEST_DISABLE_DOCKER: '1',
  };
  if (postgres) {
    environment[
      `BACKSTAGE_TEST_DATABASE_POSTGRES${postgres.version}_CONNECTION_STRING`
    ] = postgres.connectionString;
    environment.GITOPS_E2E_POSTGRES = postgres.connectionString;
  } else {
    say(
      'SKIPPED: everything on PostgreSQL, which is not installed here (Debian: apt-get install postgresql)',
    );
  }
  try {
    const child = spawn(
      process.execPath,
      [
        join(repositoryRoot, 'node_modules/@backstage/cli/bin/backstage-cli'),
        ...args,
      ],
      {
        cwd: join(repositoryRoot, folder),
        env: { ...process.env, ...environment },
        stdio: 'inherit',
      },
    );
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.once('SIGINT', forward).once('SIGTERM', forward);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    process.exitCode = code ?? 1;
  } finally {
    await postgres?.stop();
  }
}

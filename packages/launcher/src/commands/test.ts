import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../paths';
import { TemporaryPostgres } from '../postgres/TemporaryPostgres';

/**
 * Runs every package's tests, on SQLite and, where it is installed, on a
 * PostgreSQL of its own.
 */
export async function test(args: string[]): Promise<void> {
  const postgres = await TemporaryPostgres.start();
  const environment: Record<string, string> = {
    // Containers are never used, also where CI would ask for them.
    BACKSTAGE_TEST_DISABLE_DOCKER: '1',
  };
  if (postgres) {
    environment[
      `BACKSTAGE_TEST_DATABASE_POSTGRES${postgres.version}_CONNECTION_STRING`
    ] = postgres.connectionString;
  } else {
    process.stderr.write(
      '[dev] SKIPPED: everything on PostgreSQL, which is not installed here (Debian: apt-get install postgresql)\n',
    );
  }
  try {
    const child = spawn(
      process.execPath,
      [
        join(repositoryRoot, 'node_modules/@backstage/cli/bin/backstage-cli'),
        ...['repo', 'test', '--watch=false', '--passWithNoTests=false'],
        ...args,
      ],
      {
        cwd: repositoryRoot,
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

import { execFile, spawn } from 'node:child_process';
import { access, chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../portal/ports';

const run = promisify(execFile);

/** Folder of PostgreSQL's server programs, the newest there is. */
async function findServerPrograms(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => [] as string[]);
  const folders = versions
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(root, version, 'bin'));
  for (const folder of [...folders, ...(process.env.PATH ?? '').split(':')]) {
    const found = await access(join(folder, 'initdb')).then(
      () => true,
      () => false,
    );
    if (found) {
      return folder;
    }
  }
  return undefined;
}

/** The server refuses to run as root: these are the ids it runs as then. */
async function unprivilegedIds(): Promise<
  { uid: number; gid: number } | undefined
> {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const id = async (flag: string) =>
    Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** A PostgreSQL of its own: free port, temporary folder, gone after `stop`. */
export class TemporaryPostgres {
  private constructor(
    /** Major version, for example 15. */
    readonly version: number,
    readonly connectionString: string,
    readonly stop: () => Promise<void>,
  ) {}

  /** Starts one, or returns undefined where PostgreSQL is not installed. */
  static async start(): Promise<TemporaryPostgres | undefined> {
    const programs = await findServerPrograms();
    if (!programs) {
      return undefined;
    }
    const ids = await unprivilegedIds();
    const folder = await mkdtemp(join(tmpdir(), 'gitops-postgres-'));
    if (ids) {
      await chown(folder, ids.uid, ids.gid);
    }
    const options = { ...ids, cwd: folder };
    const { stdout } = await run(join(programs, 'postgres'), ['--version']);
    const version = Number(/\d+/.exec(stdout)?.[0]);
    const data = join(folder, 'data');
    await run(
      join(programs, 'initdb'),
      ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'],
      options,
    );
    const port = await freePort();
    const server = spawn(
      join(programs, 'postgres'),
      [
        ...['-D', data, '-p', String(port), '-k', folder],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
        ...['-c', 'max_connections=300'],
      ],
      { ...options, stdio: 'ignore' },
    );
    const exited = new Promise<void>(resolve => {
      server.once('exit', () => resolve());
      server.once('error', () => resolve());
    });
    const stop = async () => {
      server.kill('SIGINT'); // "fast" shutdown: open connections are cut
      await exited;
      await rm(folder, { recursive: true, force: true });
    };
    const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    const deadline = Date.now() + 30_000;
    for (;;) {
      const ready = await run(join(programs, 'pg_isready'), [
        ...['-h', '127.0.0.1', '-p', String(port), '-t', '1'],
      ]).then(
        () => true,
        () => false,
      );
      if (ready) {
        return new TemporaryPostgres(version, connectionString, stop);
      }
      if (server.exitCode !== null || Date.now() > deadline) {
        await stop();
        throw new Error('the temporary PostgreSQL did not come up');
      }
    }
  }
}

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../paths';
import { freePort } from '../portal/ports';

/** Time from calling `./dev start` to its telling the URL, in milliseconds. */
export async function measureStart(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'gitops-bench-'));
  const ports = [await freePort(), await freePort(), await freePort()];
  const started = Date.now();
  const child = spawn(
    join(repositoryRoot, 'dev'),
    [
      'start',
      ...['--port', String(ports[0]), '--git-port', String(ports[1])],
      ...['--cluster-port', String(ports[2]), '--data', folder],
    ],
    { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const exited = new Promise<void>(resolve =>
    child.once('exit', () => resolve()),
  );
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Portal')) {
        return Date.now() - started;
      }
    }
    throw new Error('./dev start ended without telling a URL');
  } finally {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
}

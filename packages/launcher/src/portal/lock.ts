import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

function lockFile(folder: string): string {
  return join(folder, 'dev.pid');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Id of the live process that uses a data folder, if there is one. */
export async function readRunningPid(
  folder: string,
): Promise<number | undefined> {
  const text = await readFile(lockFile(folder), 'utf8').catch(() => '');
  const pid = Number(text);
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

/**
 * Takes a data folder for this process, so that two starts do not write to the
 * same SQLite files. A lock whose process is gone is taken over.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const pid = await readRunningPid(folder);
  if (pid !== undefined && pid !== process.pid) {
    throw new Error(
      `${folder} is in use by process ${pid}: stop it, or choose another folder with --data`,
    );
  }
  await writeFile(lockFile(folder), String(process.pid));
  return () => rm(lockFile(folder), { force: true });
}

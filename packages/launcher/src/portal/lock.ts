import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

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
 * Takes a folder unless another live process has it.
 *
 * @returns that process, or undefined when the folder is ours now
 */
async function takeFolder(folder: string): Promise<number | undefined> {
  await mkdir(folder, { recursive: true });
  const file = lockFile(folder);
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    // Unlike writing, this fails when the file is there, and never leaves half.
    await link(mine, file);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
    const pid = await readRunningPid(folder);
    if (pid !== undefined && pid !== process.pid) {
      return pid;
    }
    // Its process is gone, or had our number before us.
    await rename(mine, file);
    return undefined;
  } finally {
    await rm(mine, { force: true });
  }
}

async function leaveFolder(folder: string): Promise<void> {
  if ((await readRunningPid(folder)) === process.pid) {
    await rm(lockFile(folder), { force: true });
  }
}

/**
 * Takes a data folder for this process, so that two starts do not write to the
 * same SQLite files. A lock whose process is gone is taken over.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const pid = await takeFolder(folder);
  if (pid !== undefined) {
    throw new Error(
      `${folder} is in use by process ${pid}: stop it, or choose another folder with --data`,
    );
  }
  return () => leaveFolder(folder);
}

/** How to wait for a folder. */
export interface WaitOptions {
  limitMs: number;
  /** Told once, when another process has the folder. */
  onWait: (pid: number) => void;
}

/**
 * Takes a folder for this process as soon as no other one has it.
 *
 * @throws Error naming the process that has it still when the limit is over
 */
export async function waitForFolder(
  folder: string,
  { limitMs, onWait }: WaitOptions,
): Promise<() => Promise<void>> {
  const deadline = Date.now() + limitMs;
  let told = false;
  for (;;) {
    const pid = await takeFolder(folder);
    if (pid === undefined) {
      return () => leaveFolder(folder);
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${folder} is in use by process ${pid} for more than ${
          limitMs / 1000
        } s: stop it, or remove ${lockFile(folder)} if it is another program`,
      );
    }
    if (!told) {
      told = true;
      onWait(pid);
    }
    await delay(200);
  }
}

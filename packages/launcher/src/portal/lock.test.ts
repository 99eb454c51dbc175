import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder, readRunningPid } from './lock';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gitops-lock-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const file = () => join(folder, 'dev.pid');

describe('lockFolder', () => {
  it('makes the folder, takes it for this process and gives it back', async () => {
    folder = join(folder, 'new');
    const release = await lockFolder(folder);
    expect(await readFile(file(), 'utf8')).toBe(String(process.pid));
    expect(await readRunningPid(folder)).toBe(process.pid);
    await release();
    expect(await readRunningPid(folder)).toBeUndefined();
  });

  it('names the process that has the folder, and takes over from a dead one', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    const ended = once(other, 'exit');
    try {
      await writeFile(file(), String(other.pid));
      await expect(lockFolder(folder)).rejects.toThrow(
        `${folder} is in use by process ${other.pid}: stop it, or choose another folder with --data`,
      );
    } finally {
      other.kill('SIGKILL');
      await ended;
    }
    await (
      await lockFolder(folder)
    )();
    expect(await readRunningPid(folder)).toBeUndefined();
  });

  it('is not stopped by a lock that cannot be read', async () => {
    await writeFile(file(), 'half a numb');
    await (
      await lockFolder(folder)
    )();
    expect(await readRunningPid(folder)).toBeUndefined();
  });
});

import { access, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readRunningPid } from '../portal/lock';
import { repositoryRoot } from '../paths';

/** Wipes the data folder of `./dev start`; refuses while it is in use. */
export async function reset(options: { data: string }): Promise<void> {
  const folder = resolve(repositoryRoot, options.data);
  const pid = await readRunningPid(folder);
  if (pid !== undefined) {
    throw new Error(
      `${folder} is in use by process ${pid}: stop ./dev start first, then run this again`,
    );
  }
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  await rm(folder, { recursive: true, force: true });
  process.stdout.write(
    there ? `Wiped ${folder}\n` : `Nothing to wipe: ${folder} is not there\n`,
  );
}

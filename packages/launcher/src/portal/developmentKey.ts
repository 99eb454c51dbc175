import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The encryption key of a data folder; made once, readable by its owner only. */
export async function developmentKey(folder: string): Promise<string> {
  const file = join(folder, 'encryption.key');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known) {
    return known.trim();
  }
  const key = randomBytes(32).toString('base64');
  await writeFile(file, key, { mode: 0o600 });
  return key;
}

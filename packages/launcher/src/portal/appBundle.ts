import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../paths';

// What the bundle is made of. The configuration is not: the backend injects it
// when it serves the page.
const SOURCES = [
  'yarn.lock',
  'packages/app/package.json',
  'packages/app/src',
  'packages/app/public',
  'plugins/gitops/package.json',
  'plugins/gitops/src',
  'plugins/gitops-common/package.json',
  'plugins/gitops-common/src',
];

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(join(repositoryRoot, path), {
    withFileTypes: true,
  }).catch(() => undefined);
  if (!entries) {
    return [path];
  }
  const nested = await Promise.all(
    entries.map(entry => filesBelow(join(path, entry.name))),
  );
  return nested.flat();
}

async function sourceKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of (await filesBelow(source)).sort()) {
      hash.update(file).update('\0');
      hash.update(await readFile(join(repositoryRoot, file)));
    }
  }
  return hash.digest('hex');
}

/**
 * Builds the portal's pages unless the built ones are of these very sources.
 *
 * @param say - told what takes long
 */
export async function ensureAppBundle(
  say: (text: string) => void,
): Promise<void> {
  const keyFile = join(repositoryRoot, 'packages/app/dist/.source-key');
  const key = await sourceKey();
  const built = await readFile(keyFile, 'utf8').catch(() => undefined);
  if (built === key) {
    return;
  }
  say("building the portal's pages (once per change, about a minute)");
  const started = Date.now();
  const output: Buffer[] = [];
  const child = spawn(
    process.execPath,
    [
      join(repositoryRoot, 'node_modules/@backstage/cli/bin/backstage-cli'),
      'package',
      'build',
    ],
    {
      cwd: join(repositoryRoot, 'packages/app'),
      // From within tests it would be built for `test`, which is no browser.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.on('data', chunk => output.push(chunk));
  child.stderr.on('data', chunk => output.push(chunk));
  const ticking = setInterval(
    () =>
      say(
        `still building, ${Math.round((Date.now() - started) / 1000)} s so far`,
      ),
    20_000,
  );
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(ticking));
  if (code !== 0) {
    throw new Error(
      `the portal's pages could not be built:\n${Buffer.concat(output)}`,
    );
  }
  await writeFile(keyFile, key);
  say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
}

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../paths';
import { waitForFolder } from './lock';

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

/** A build that takes longer than this hangs. */
const LIMIT_MS = 15 * 60_000;

async function filesBelow(root: string, path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), {
    withFileTypes: true,
  }).catch(() => undefined);
  if (!entries) {
    return [path];
  }
  const nested = await Promise.all(
    entries.map(entry => filesBelow(root, join(path, entry.name))),
  );
  return nested.flat();
}

async function sourceKey(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of (await filesBelow(root, source)).sort()) {
      hash.update(file).update('\0');
      hash.update(await readFile(join(root, file)));
    }
  }
  return hash.digest('hex');
}

/**
 * Builds the portal's pages unless the built ones are of these very sources.
 * They are built beside those that are there, which stay whole until the new
 * ones take their place: a portal that runs keeps what its pages load in its
 * database, one that starts finds the one or the other. Of several processes
 * that want the same, one builds.
 *
 * @param say - told what takes long
 * @param root - of the repository
 * @throws Error with the bundler's words when it fails
 */
export async function ensureAppBundle(
  say: (text: string) => void,
  root = repositoryRoot,
): Promise<void> {
  const dist = join(root, 'packages/app/dist');
  if (await isBuilt(dist, await sourceKey(root))) {
    return;
  }
  const workplace = join(root, 'packages/app/.build');
  const leave = await waitForFolder(workplace, {
    limitMs: LIMIT_MS,
    onWait: pid => say(`process ${pid} is building the portal's pages`),
  });
  try {
    const key = await sourceKey(root);
    if (await isBuilt(dist, key)) {
      return;
    }
    say("building the portal's pages (once per change, about a minute)");
    const started = Date.now();
    const built = await buildBeside(root, join(workplace, 'app'), say);
    await writeFile(keyFile(built), key);
    const former = join(workplace, 'former');
    await rm(former, { recursive: true, force: true });
    // One right after the other: in between there is none.
    if (existsSync(dist)) {
      renameSync(dist, former);
    }
    renameSync(built, dist);
    await rm(former, { recursive: true, force: true });
    say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    await leave();
  }
}

function keyFile(dist: string): string {
  return join(dist, '.source-key');
}

async function isBuilt(dist: string, key: string): Promise<boolean> {
  return (await readFile(keyFile(dist), 'utf8').catch(() => undefined)) === key;
}

/**
 * Builds the app as seen from another folder, because the bundler empties the
 * `dist` of the folder that it is called in before it begins.
 *
 * @returns the folder of what was built
 */
async function buildBeside(
  root: string,
  folder: string,
  say: (text: string) => void,
): Promise<string> {
  const app = join(root, 'packages/app');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await copyFile(join(app, 'package.json'), join(folder, 'package.json'));
  for (const each of ['src', 'public']) {
    await symlink(join(app, each), join(folder, each));
  }
  const started = Date.now();
  const output: Buffer[] = [];
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/@backstage/cli/bin/backstage-cli'),
      'package',
      'build',
    ],
    {
      cwd: folder,
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
  return join(folder, 'dist');
}

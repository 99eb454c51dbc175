import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../paths';

jest.setTimeout(240_000);

let root: string;

/** A repository with an app of one line. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gitops-bundle-'));
  const manifest = (name: string, more: object = {}) =>
    JSON.stringify({ name, version: '0.0.0', private: true, ...more });
  const files: Record<string, string> = {
    'package.json': manifest('root', { workspaces: { packages: ['*/*'] } }),
    'yarn.lock': '',
    'app-config.yaml': 'app:\n  baseUrl: http://localhost:3000\n',
    'packages/app/package.json': manifest('app', {
      backstage: { role: 'frontend' },
    }),
    'packages/app/public/index.html': '<html><head></head></html>',
    'plugins/gitops/package.json': manifest('gitops'),
    'plugins/gitops/src/index.ts': '',
    'plugins/gitops-common/package.json': manifest('gitops-common'),
    'plugins/gitops-common/src/index.ts': '',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await symlink(
    join(repositoryRoot, 'node_modules'),
    join(root, 'node_modules'),
  );
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function writeApp(word: string): Promise<void> {
  const folder = join(root, 'packages/app/src');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.ts'), `document.title = '${word}';\n`);
}

/** Another launcher that wants the pages; what it says, and whether it could. */
async function launch(): Promise<{ said: string[]; code: number | null }> {
  const child = spawn(
    process.execPath,
    [
      '--require',
      '@backstage/cli/config/nodeTransform.cjs',
      '--eval',
      `require('./src/portal/appBundle.ts')
        .ensureAppBundle(text => console.log(text), ${JSON.stringify(root)})
        .catch(error => { console.log(error.message); process.exitCode = 1; });`,
    ],
    {
      cwd: join(repositoryRoot, 'packages/launcher'),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', line => said.push(line));
  const [code] = await once(child, 'close');
  return { said, code };
}

/** What a portal would serve: the first page, and the script that it loads. */
async function served(): Promise<string> {
  const dist = join(root, 'packages/app/dist');
  const page = await readFile(join(dist, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/src="\/(static\/[^"]+)"/g)];
  const texts = await Promise.all(
    scripts.map(([, path]) => readFile(join(dist, path), 'utf8')),
  );
  return texts.join('\n');
}

it('builds once for all who want the pages, beside those that are there', async () => {
  await writeApp('before');
  const first = await launch();
  expect(first).toMatchObject({ code: 0 });
  expect(await served()).toContain('before');

  await writeApp('after');
  let building = true;
  const both = Promise.all([launch(), launch()]).finally(() => {
    building = false;
  });
  let whole = performance.now();
  let longest = 0;
  while (building) {
    const text = await served().catch(() => '');
    const now = performance.now();
    longest = Math.max(longest, now - whole);
    whole = /before|after/.test(text) ? now : whole;
    await new Promise(setImmediate);
  }
  const results = await both;
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(
    results.flatMap(({ said }) => said.filter(line => /^building/.test(line))),
  ).toHaveLength(1);
  // Between two renames there is a moment without any; building takes seconds.
  expect(longest).toBeLessThan(1_000);
  expect(await served()).toContain('after');

  // What is built is not built again, and nothing is left of the building.
  expect(await launch()).toEqual({ said: [], code: 0 });
  expect(await readdir(join(root, 'packages/app/.build'))).toEqual(['app']);
});

it('keeps the pages that are there when new ones cannot be built', async () => {
  await writeApp('before');
  await launch();
  await writeFile(
    join(root, 'packages/app/src/index.ts'),
    "import './nowhere';\n",
  );
  const { said, code } = await launch();
  expect(code).toBe(1);
  expect(said.join('\n')).toContain('could not be built');
  expect(said.join('\n')).toContain('./nowhere');
  expect(await served()).toContain('before');

  await writeApp('mended');
  expect(await launch()).toMatchObject({ code: 0 });
  expect(await served()).toContain('mended');
});

import { execFile, spawn } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  modulesFolder,
  type Program,
  type ProgramName,
  PROGRAMS,
  programPath,
} from './programs';

const run = promisify(execFile);

/** The oldest Go that the pinned modules accept, from their go.mod files. */
const GO_NEEDED = [1, 26, 8];

async function assertGo(): Promise<void> {
  const wanted = GO_NEEDED.join('.');
  const hint = `Go ${wanted} or newer builds the control plane: install it from https://go.dev/dl and run this again`;
  const output = await run('go', ['env', 'GOVERSION']).catch(() => undefined);
  if (!output) {
    throw new Error(`no Go on this machine. ${hint}`);
  }
  const found = output.stdout.trim();
  const parts = (/go([\d.]+)/.exec(found)?.[1] ?? '0').split('.').map(Number);
  for (const [index, needed] of GO_NEEDED.entries()) {
    const part = parts[index] ?? 0;
    if (part !== needed) {
      if (part < needed) {
        throw new Error(`this machine's Go is ${found}. ${hint}`);
      }
      return;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function build(program: Program, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // Built beside its place and moved: a build that was cut leaves nothing that
  // looks finished.
  const partial = `${target}.${process.pid}`;
  const output: Buffer[] = [];
  const child = spawn(
    'go',
    [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-ldflags=-s -w',
      ...(program.tags ? ['-tags', program.tags] : []),
      ...['-o', partial, program.package],
    ],
    {
      cwd: join(modulesFolder, program.module),
      env: { ...process.env, GOFLAGS: '', GOTOOLCHAIN: 'local' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.on('data', chunk => output.push(chunk));
  child.stderr.on('data', chunk => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    await rm(partial, { force: true });
    throw new Error(
      `${program.name} could not be built:\n${Buffer.concat(output)}`,
    );
  }
  await rename(partial, target);
}

/**
 * Builds what is missing and tells where everything is.
 *
 * @param say - told what takes long; a cold build of everything takes about 20
 * minutes on two cores
 * @throws Error with the next step when Go is absent or too old, but only if
 * something has to be built
 */
export async function ensurePrograms(
  say: (text: string) => void,
): Promise<Record<ProgramName, string>> {
  const paths = {} as Record<ProgramName, string>;
  const missing: { program: Program; path: string }[] = [];
  for (const program of PROGRAMS) {
    const path = await programPath(program);
    paths[program.name] = path;
    if (!(await exists(path))) {
      missing.push({ program, path });
    }
  }
  if (missing.length > 0) {
    await assertGo();
  }
  for (const [index, { program, path }] of missing.entries()) {
    say(`building ${program.name} (${index + 1} of ${missing.length})`);
    const started = Date.now();
    const ticking = setInterval(
      () =>
        say(
          `still building ${program.name}, ${Math.round(
            (Date.now() - started) / 1000,
          )} s so far`,
        ),
      30_000,
    );
    await build(program, path).finally(() => clearInterval(ticking));
    say(
      `built ${program.name} in ${Math.round((Date.now() - started) / 1000)} s`,
    );
  }
  return paths;
}

/** Source folder of a pinned Go module: CRDs, stages and templates are read from it. */
export async function moduleSource(
  module: string,
  path: string,
): Promise<string> {
  const { stdout } = await run(
    'go',
    ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', path],
    {
      cwd: join(modulesFolder, module),
      env: { ...process.env, GOFLAGS: '', GOTOOLCHAIN: 'local' },
    },
  );
  const folder = stdout.trim();
  if (!folder) {
    throw new Error(`the source of ${path} is not in Go's module cache`);
  }
  return folder;
}

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Backing } from '../backing/Backing';
import { startRealBacking } from '../backing/realBacking';
import { startSandboxBacking } from '../backing/sandboxBacking';
import { repositoryRoot } from '../paths';
import { ensureAppBundle } from '../portal/appBundle';
import { developmentKey } from '../portal/developmentKey';
import { lockFolder } from '../portal/lock';
import { Portal } from '../portal/Portal';
import { assertPortFree } from '../portal/ports';
import { say } from '../say';

export interface StartOptions {
  port: number;
  gitPort: number;
  clusterPort: number;
  data: string;
  real?: boolean;
  verbose?: boolean;
}

/** Runs portal and sandbox until interrupted. State survives in the data folder. */
export async function start(options: StartOptions): Promise<void> {
  const started = Date.now();
  // The real control plane starts empty each time, so its portal must too.
  const folder = options.real
    ? await mkdtemp(join(tmpdir(), 'gitops-start-'))
    : resolve(repositoryRoot, options.data);
  await assertPortFree(options.port, '--port');
  if (!options.real) {
    await assertPortFree(options.gitPort, '--git-port');
    await assertPortFree(options.clusterPort, '--cluster-port');
  }
  const unlock = await lockFolder(folder);
  const stops: (() => Promise<void>)[] = [unlock];
  if (options.real) {
    stops.unshift(() => rm(folder, { recursive: true, force: true }));
  }
  const stopAll = async () => {
    for (const stop of stops.reverse()) {
      await stop();
    }
  };
  let stopping: Promise<void> | undefined;
  const interrupt = () => {
    stopping ??= stopAll();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  try {
    await ensureAppBundle(say);
    say(options.real ? 'starting the control plane' : 'starting the sandbox');
    const backing: Backing = options.real
      ? await startRealBacking({ dataFolder: folder })
      : await startSandboxBacking({
          dataFolder: join(folder, 'sandbox'),
          gitPort: options.gitPort,
          clusterPort: options.clusterPort,
        });
    stops.push(() => backing.stop());
    const logFile = join(folder, 'portal.log');
    const log = createWriteStream(logFile, { flags: 'a' });
    stops.push(async () => {
      log.end();
    });
    say(`starting the portal${options.verbose ? '' : `, log in ${logFile}`}`);
    const portal = await Portal.start({
      port: options.port,
      dataFolder: folder,
      environment: {
        ...backing.environment,
        GITOPS_ENCRYPTION_KEY: await developmentKey(folder),
      },
      configFiles: backing.configFiles,
      onLine: line => {
        log.write(`${line.text}\n`);
        if (options.verbose || line.level === 'error') {
          process.stderr.write(`${line.text}\n`);
        }
      },
    });
    stops.push(() => portal.stop());
    process.stdout.write(
      `\n  Portal   ${portal.url}\n  Create   ${
        portal.url
      }/create\n  Behind   ${backing.description}\n\n  Ready after ${(
        (Date.now() - started) /
        1000
      ).toFixed(
        1,
      )} s. Ctrl-C stops everything; ./dev reset wipes its data.\n\n`,
    );
    const { asked } = await portal.ended();
    if (!asked) {
      throw new Error(`the portal ended by itself, see ${logFile}`);
    }
  } finally {
    stopping ??= stopAll();
    await stopping;
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backing } from '../backing/Backing';
import { startRealBacking } from '../backing/realBacking';
import { startSandboxBacking } from '../backing/sandboxBacking';
import { printDemo } from '../demo/printDemo';
import { runMainJob } from '../demo/runMainJob';
import { Portal } from '../portal/Portal';
import { freePort } from '../portal/ports';
import { say } from '../say';
import type { Break } from './breaks';

export interface DemoOptions {
  json?: boolean;
  real?: boolean;
  break?: Break;
  verbose?: boolean;
}

/** Runs the main job on free ports and a temporary folder; leaves nothing behind. */
export async function demo(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gitops-demo-'));
  const stops: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
  ];
  let stopping: Promise<void> | undefined;
  const stopAll = () =>
    (stopping ??= (async () => {
      for (const stop of stops.reverse()) {
        await stop();
      }
    })());
  const interrupt = () => stopAll().then(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

  try {
    say(options.real ? 'starting the control plane' : 'starting the sandbox');
    const backing: Backing = options.real
      ? await startRealBacking({ dataFolder: folder })
      : await startSandboxBacking({ dataFolder: join(folder, 'sandbox') });
    stops.push(() => backing.stop());
    say('starting the portal');
    const portal = await Portal.start({
      port: await freePort(),
      dataFolder: folder,
      environment: {
        ...backing.environment,
        GITOPS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
      configFiles: backing.configFiles,
      onLine: options.verbose
        ? line => process.stderr.write(`${line.text}\n`)
        : undefined,
    });
    stops.push(() => portal.stop());

    const slug = 'demo-service';
    if (options.break) {
      say(`breaking: ${options.break}`);
      await backing.arrangeBreak(options.break, slug);
    }
    say('running the template');
    const { result } = await runMainJob({
      portal,
      backing,
      slug,
      onMessage: options.json
        ? undefined
        : message => process.stderr.write(`  ${message}\n`),
    });
    process.stdout.write(
      options.json ? `${JSON.stringify(result, null, 2)}\n` : printDemo(result),
    );
    process.exitCode = result.ok ? 0 : 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await stopAll();
  }
}

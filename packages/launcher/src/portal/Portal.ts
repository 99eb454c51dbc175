import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryRoot } from '../paths';
import { type LogLine, parseLogLine } from './logLine';

/** What a portal is started with. */
export interface PortalOptions {
  port: number;
  dataFolder: string;
  /** Variables that app-config.yaml refers to. */
  environment: Record<string, string>;
  /** More configuration files, the later ones win. */
  configFiles?: string[];
  onLine?: (line: LogLine) => void;
}

/** The reference backend as a child process that does not outlive this one. */
export class Portal {
  readonly url: string;
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stopping = false;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  /**
   * Starts the backend and waits until all its plugins are ready.
   *
   * @throws Error with the end of the log when it ends or is not ready in time
   */
  static async start(options: PortalOptions): Promise<Portal> {
    const url = `http://localhost:${options.port}`;
    const child = spawn(
      process.execPath,
      [
        '--require',
        '@backstage/cli/config/nodeTransform.cjs',
        '--require',
        join(repositoryRoot, 'packages/launcher/src/portal/exitWithParent.cjs'),
        'src/index.ts',
        ...['../../app-config.yaml', ...(options.configFiles ?? [])].flatMap(
          file => ['--config', file],
        ),
      ],
      {
        cwd: join(repositoryRoot, 'packages/backend'),
        env: {
          ...process.env,
          NODE_ENV: 'development',
          NO_COLOR: '1',
          PORTAL_URL: url,
          PORTAL_PORT: String(options.port),
          PORTAL_DATA: options.dataFolder,
          ...options.environment,
        },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const portal = new Portal(url, child);
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', text => {
        const line = parseLogLine(text);
        portal.log.push(line);
        options.onLine?.(line);
      });
    }
    try {
      await portal.#untilReady(240_000);
      portal.#wakeSignals();
    } catch (error) {
      await portal.stop();
      throw error;
    }
    return portal;
  }

  async #untilReady(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the portal ended while starting:\n${this.#tail()}`);
      }
      const response = await fetch(
        `${this.url}/.backstage/health/v1/readiness`,
        { signal: AbortSignal.timeout(2000) },
      ).catch(() => undefined);
      if (response?.ok) {
        return;
      }
      await delay(100);
    }
    throw new Error(
      `the portal was not ready after ${limitMs / 1000} s:\n${this.#tail()}`,
    );
  }

  /**
   * The first WebSocket after a start is never answered, because it is what
   * makes the signals backend listen for the next ones. This is that first one,
   * so that a person's page need not wait for its second try.
   */
  #wakeSignals(): void {
    const socket = new WebSocket(
      `${this.url.replace('http', 'ws')}/api/signals`,
    );
    socket.addEventListener('error', () => {});
    setTimeout(() => socket.close(), 1000).unref();
  }

  #tail(): string {
    return this.log
      .slice(-30)
      .map(line => line.text)
      .join('\n');
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when the process has ended, however. */
  async ended(): Promise<{ asked: boolean }> {
    await this.#exited;
    return { asked: this.#stopping };
  }

  /** Ends the process: politely first, after ten seconds for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return;
    }
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

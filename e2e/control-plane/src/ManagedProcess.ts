import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

// The program runs under a shell that ends it as soon as its own standard input
// closes. The kernel closes that pipe when this process ends, also on kill -9,
// so nothing is ever left behind.
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
( read -r _ <&3; kill -9 $program 2>/dev/null ) &
guard=$!
wait $program
code=$?
kill $guard 2>/dev/null
exit $code
`;

/** A program that does not outlive this process. */
export class ManagedProcess {
  readonly name: string;
  readonly #command: string[];
  readonly #environment: Record<string, string>;
  readonly #folder: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: {
    name: string;
    command: string[];
    environment?: Record<string, string>;
    folder: string;
    logFile: string;
  }) {
    this.name = options.name;
    this.#command = options.command;
    this.#environment = options.environment ?? {};
    this.#folder = options.folder;
    this.#logFile = options.logFile;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts the program; starting it twice changes nothing. */
  start(): void {
    if (this.#child) {
      return;
    }
    const log = openSync(this.#logFile, 'a');
    const child = spawn('sh', ['-c', GUARD, 'sh', ...this.#command], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#environment },
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise(resolve => {
      child.once('exit', () => {
        this.#child = undefined;
        resolve();
      });
    });
  }

  /** Ends the program at once, as a crash would. */
  async stop(): Promise<void> {
    this.#child?.stdin?.destroy();
    await this.#exited;
  }

  /** The end of its log, for errors. */
  async logTail(): Promise<string> {
    const text = await readFile(this.#logFile, 'utf8').catch(() => '');
    return text.split('\n').slice(-25).join('\n');
  }
}

import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EnvironmentVerdict } from './judgeEnvironments';

/** What a wait remembers between two looks at the environments. */
export class EnvironmentProgress {
  private readonly logger: LoggerService;
  private readonly graceMs: number;
  private readonly said = new Map<string, string>();
  private readonly failingSince = new Map<string, number>();
  private verdicts: EnvironmentVerdict[] = [];

  /** @param graceMs - For how long a failure may last before it is believed. */
  constructor(logger: LoggerService, graceMs: number) {
    this.logger = logger;
    this.graceMs = graceMs;
  }

  /** Takes note of a look, and logs what has changed since the last one. */
  observe(verdicts: EnvironmentVerdict[], now: number): void {
    this.verdicts = verdicts;
    for (const { environment, kind, summary } of verdicts) {
      if (this.said.get(environment) !== summary) {
        this.said.set(environment, summary);
        this.logger.info(summary);
      }
      if (kind !== 'failing') {
        this.failingSince.delete(environment);
      } else if (!this.failingSince.has(environment)) {
        this.failingSince.set(environment, now);
      }
    }
  }

  isReady(): boolean {
    return (
      this.verdicts.length > 0 &&
      this.verdicts.every(({ kind }) => kind === 'ready')
    );
  }

  /** Whether one environment's failure is to be believed. */
  isFailed(now: number): boolean {
    return this.select('failing').some(
      ({ environment, final }) =>
        final ||
        now - (this.failingSince.get(environment) ?? now) >= this.graceMs,
    );
  }

  select(...kinds: EnvironmentVerdict['kind'][]): EnvironmentVerdict[] {
    return this.verdicts.filter(({ kind }) => kinds.includes(kind));
  }
}

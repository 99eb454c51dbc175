import type { LoggerService } from '@backstage/backend-plugin-api';

/** Keeps what is logged, line by line: `info Creating namespace: ...`. */
export class CapturedLogger implements LoggerService {
  readonly lines: string[] = [];

  error(message: string) {
    this.lines.push(`error ${message}`);
  }
  warn(message: string) {
    this.lines.push(`warn ${message}`);
  }
  info(message: string) {
    this.lines.push(`info ${message}`);
  }
  debug(message: string) {
    this.lines.push(`debug ${message}`);
  }
  child(): LoggerService {
    return this;
  }
}

import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  InitializationMessage,
  StepDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** Receives what a run says while it works. @internal */
export type MessageListener = (message: InitializationMessage) => void;

/**
 * Tells what a run does, in the same words to the portal's log and to whoever
 * waits for the run.
 *
 * @internal
 */
export class RunReporter {
  constructor(
    private readonly logger: LoggerService,
    private readonly listener: MessageListener = () => {},
  ) {}

  info(message: string) {
    this.logger.info(message);
    this.listener({ type: 'log', level: 'info', message });
  }

  error(message: string) {
    this.logger.error(message);
    this.listener({ type: 'log', level: 'error', message });
  }

  /** For the waiting caller alone; the log has its own line for it. */
  tell(level: 'debug' | 'info', message: string) {
    this.listener({ type: 'log', level, message });
  }

  step(step: StepDocument, progress: number) {
    this.listener({ type: 'step', step, progress });
  }
}

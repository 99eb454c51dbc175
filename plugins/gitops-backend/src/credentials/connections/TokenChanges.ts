import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';

/**
 * Hears that a connection has other tokens now, for example to write them into
 * clusters. Heard in the replica that changed them and after they are stored; who
 * must not miss one also compares {@link OpenConnection.revision} now and then.
 *
 * @internal
 */
export type TokenChangeListener = (connectionId: string) => Promise<void>;

/** Tells listeners of new tokens; their failures are theirs. @internal */
export class TokenChanges {
  private readonly listeners: TokenChangeListener[] = [];

  constructor(private readonly options: { logger: LoggerService }) {}

  subscribe(listener: TokenChangeListener): void {
    this.listeners.push(listener);
  }

  async announce(connectionId: string): Promise<void> {
    for (const listener of this.listeners) {
      try {
        await listener(connectionId);
      } catch (error) {
        this.options.logger.warn(
          `The new token of connection ${connectionId} could not be passed on: ${
            toError(error).message
          }`,
        );
      }
    }
  }
}

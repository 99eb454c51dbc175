import type { JsonObject } from '@backstage/types';
import type { SignalApi } from '@backstage/plugin-signals-react';

/** Signals that a test sends by hand. */
export class TestSignalApi implements SignalApi {
  readonly #subscribers = new Map<string, Set<(message: JsonObject) => void>>();

  subscribe<TMessage extends JsonObject = JsonObject>(
    channel: string,
    onMessage: (message: TMessage) => void,
  ) {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, subscribers);
    const subscriber = onMessage as (message: JsonObject) => void;
    subscribers.add(subscriber);
    return { unsubscribe: () => void subscribers.delete(subscriber) };
  }

  publish(channel: string, message: JsonObject) {
    for (const subscriber of this.#subscribers.get(channel) ?? []) {
      subscriber(message);
    }
  }

  subscriberCount(channel: string): number {
    return this.#subscribers.get(channel)?.size ?? 0;
  }
}

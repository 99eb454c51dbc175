import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  stripCredentials,
  type FluxEvent,
} from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import type { ClusterClient } from '../clusters/ClusterClient';
import type { DiscoveredKey } from '../database/DiscoveredResourceStore';
import { sleep, type Clock } from './Clock';
import { objectKey } from './ClusterKnowledge';

/** Between two readings on one cluster, whatever they are about. */
const PACE_MS = 250;
/** A deletion that hangs is looked at again so often. */
const AGAIN_MS = 30_000;
/** Objects that are waited for at most; the oldest wish goes first. */
const MOST = 500;
/** Newest events of an object that are kept. */
const KEPT = 20;

const eventSchema = z.object({
  type: z.string().default('Normal'),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  metadata: z.object({ creationTimestamp: z.string().nullish() }),
  involvedObject: z.object({
    kind: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
  }),
});

interface Wish {
  reference: DiscoveredKey;
  /** When to read, in ms. */
  at: number;
  changed(): void;
}

/**
 * Reads Kubernetes Events of the few objects whose trouble stands nowhere else:
 * those that are being deleted or just went. One list with a field selector per
 * object, at a fixed pace, in the background and for nobody in particular, so
 * that the cluster sees as many of them whether one page is open or thousands.
 *
 * @internal
 */
export class ObjectEvents {
  private readonly client: ClusterClient;
  private readonly clock: Clock;
  private readonly logger: LoggerService;
  private readonly wishes = new Map<string, Wish>();
  private readonly found = new Map<string, readonly FluxEvent[]>();
  private wake = () => {};

  constructor(options: {
    client: ClusterClient;
    clock: Clock;
    logger: LoggerService;
  }) {
    this.client = options.client;
    this.clock = options.clock;
    this.logger = options.logger;
  }

  /** Events of an object, newest first; undefined when they were not read. */
  known(reference: DiscoveredKey): readonly FluxEvent[] | undefined {
    return this.found.get(objectKey(reference));
  }

  /**
   * Asks for the events of an object to be read, once now and then every half
   * minute until they are not wanted any more.
   *
   * @param changed - Called when there are other ones than before.
   */
  want(reference: DiscoveredKey, changed: () => void): void {
    const key = objectKey(reference);
    if (this.wishes.has(key)) {
      return;
    }
    this.wishes.set(key, { reference, changed, at: this.clock.now() });
    if (this.wishes.size > MOST) {
      const [oldest] = this.wishes.values();
      this.forget(oldest.reference);
    }
    this.wake();
  }

  forget(reference: DiscoveredKey): void {
    const key = objectKey(reference);
    this.wishes.delete(key);
    this.found.delete(key);
  }

  /** Reads what is wanted until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = [...this.wishes.values()].sort((a, b) => a.at - b.at);
      const waitMs = next ? next.at - this.clock.now() : AGAIN_MS;
      if (!next || waitMs > 0) {
        await this.pause(waitMs, signal);
        continue;
      }
      await this.read(next, signal);
      await sleep(this.clock, PACE_MS, signal).catch(() => {});
    }
  }

  private async read(wish: Wish, signal: AbortSignal): Promise<void> {
    const { reference } = wish;
    const key = objectKey(reference);
    wish.at = this.clock.now() + AGAIN_MS;
    try {
      const items = await this.client.list(
        {
          apiVersion: 'v1',
          kind: 'Event',
          namespace: reference.namespace,
          fieldSelector: `involvedObject.kind=${reference.kind},involvedObject.name=${reference.name}`,
        },
        { signal },
      );
      if (this.wishes.get(key) !== wish) {
        return;
      }
      const events = items.flatMap(toEvent).sort(byTime).slice(0, KEPT);
      const before = this.found.get(key);
      this.found.set(key, events);
      if (JSON.stringify(before ?? []) !== JSON.stringify(events)) {
        wish.changed();
      }
    } catch (error) {
      // Without the right to read events there is a diagnosis less, not an error.
      this.logger.debug(
        `The events of ${key} in cluster '${
          this.client.cluster
        }' cannot be read: ${toError(error).message}`,
      );
    }
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    await sleep(this.clock, ms, AbortSignal.any([signal, woken.signal])).catch(
      () => {},
    );
  }
}

function toEvent(item: unknown): FluxEvent[] {
  const parsed = eventSchema.safeParse(item);
  if (!parsed.success) {
    return [];
  }
  const { type, reason, message, involvedObject, metadata } = parsed.data;
  const time =
    parsed.data.lastTimestamp ??
    parsed.data.eventTime ??
    metadata.creationTimestamp;
  return [
    {
      type,
      reason: reason ?? '',
      message: stripCredentials(message ?? ''),
      involvedObject,
      ...(time && { lastTimestamp: time }),
    },
  ];
}

function byTime(a: FluxEvent, b: FluxEvent): number {
  return (b.lastTimestamp ?? '').localeCompare(a.lastTimestamp ?? '');
}

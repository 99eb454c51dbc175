import type { LoggerService } from '@backstage/backend-plugin-api';
import { type Config, readDurationFromConfig } from '@backstage/config';
import { Duration } from 'luxon';
import type { SyncLogStore } from '../database/SyncLogStore';
import type { EventStore } from './EventStore';

const DEFAULT_AGE = { years: 1 };
/** Rows of one statement; others want to write, too. */
const BATCH = 1000;

/** How long the history is kept, in milliseconds. */
export interface RetentionSettings {
  eventsMs: number;
  syncLogsMs: number;
}

/** Reads `gitops.retention`. */
export function readRetentionSettings(config: Config): RetentionSettings {
  const read = (key: string) => {
    const retention = config.getOptionalConfig('gitops.retention');
    const age = retention?.has(key)
      ? readDurationFromConfig(retention, { key })
      : DEFAULT_AGE;
    return Duration.fromObject(age).toMillis();
  };
  return { eventsMs: read('events'), syncLogsMs: read('syncLogs') };
}

/** Throws history away that is older than the portal wants to keep it. */
export class HistoryRetention {
  constructor(
    private readonly options: {
      events: EventStore;
      syncLogs: SyncLogStore;
      logger: LoggerService;
      settings: RetentionSettings;
    },
  ) {}

  async run(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { events, syncLogs, logger, settings } = this.options;
    for (const [what, store, ageMs] of [
      ['events', events, settings.eventsMs],
      ['rows of the log of Git hosts', syncLogs, settings.syncLogsMs],
    ] as const) {
      let deleted = 0;
      let batch: number;
      do {
        options.signal?.throwIfAborted();
        batch = await store.deleteOlderThan(ageMs, BATCH);
        deleted += batch;
      } while (batch === BATCH);
      if (deleted > 0) {
        logger.info(`Deleted ${deleted} ${what} that were too old to be kept`);
      }
    }
  }
}

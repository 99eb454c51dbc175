import type {
  MetricsService,
  MetricsServiceCounter,
  MetricsServiceHistogram,
} from '@backstage/backend-plugin-api/alpha';
import { metricDefinitions as definitions } from './metricDefinitions';

/** Rows of one transaction, by what they are about. @internal */
export interface WrittenRows {
  resource: number;
  project: number;
  deployment: number;
  event: number;
  discovered: number;
}

/** Why a watch had to be opened anew. @internal */
export type ReconnectReason =
  | 'gone'
  | 'malformed'
  | 'throttled'
  | 'not-served'
  | 'refused'
  | 'unreachable';

/** How much of one cluster the engine of this replica holds. @internal */
export interface WatchedCluster {
  cluster: string;
  objects: number;
  queue: number;
  /** Seconds since the whole of it was last known to be true. */
  ageSeconds?: number;
}

/**
 * What the status engine counts of itself. Labels are clusters, kinds and fixed
 * words: their number does not grow with projects or users.
 *
 * @internal
 */
export class StatusMetrics {
  private readonly events?: MetricsServiceCounter;
  private readonly rows?: MetricsServiceCounter;
  private readonly lists?: MetricsServiceCounter;
  private readonly reconnects?: MetricsServiceCounter;
  private readonly takeOvers?: MetricsServiceCounter;
  private readonly lag?: MetricsServiceHistogram;

  /** @param service - Absent where nothing is to be measured. */
  constructor(private readonly service?: MetricsService) {
    const counter = (
      key: 'events' | 'rows' | 'lists' | 'reconnects' | 'takeOvers',
    ) => service?.createCounter(definitions[key].name, definitions[key]);
    this.events = counter('events');
    this.rows = counter('rows');
    this.lists = counter('lists');
    this.reconnects = counter('reconnects');
    this.takeOvers = counter('takeOvers');
    this.lag = service?.createHistogram(definitions.lag.name, definitions.lag);
  }

  /** An event of a watch was committed `seconds` after it had come. */
  committed(cluster: string, kind: string, seconds: number): void {
    this.lag?.record(seconds, { cluster, kind });
  }

  event(cluster: string, kind: string, type: string): void {
    this.events?.add(1, { cluster, kind, type: type.toLowerCase() });
  }

  written(cluster: string, rows: WrittenRows): void {
    for (const [row, count] of Object.entries(rows)) {
      if (count > 0) {
        this.rows?.add(count, { cluster, row });
      }
    }
  }

  listed(cluster: string, kind: string): void {
    this.lists?.add(1, { cluster, kind });
  }

  reconnect(cluster: string, kind: string, reason: ReconnectReason): void {
    this.reconnects?.add(1, { cluster, kind, reason });
  }

  takenOver(cluster: string): void {
    this.takeOvers?.add(1, { cluster });
  }

  /** Reads the present state of what this replica watches with each collection. */
  observe(read: () => readonly WatchedCluster[]): void {
    const gauge = (
      key: 'objects' | 'queue' | 'age',
      valueOf: (cluster: WatchedCluster) => number | undefined,
    ) =>
      this.service
        ?.createObservableGauge(definitions[key].name, definitions[key])
        .addCallback(result => {
          for (const cluster of read()) {
            const value = valueOf(cluster);
            if (value !== undefined) {
              result.observe(value, { cluster: cluster.cluster });
            }
          }
        });
    gauge('objects', cluster => cluster.objects);
    gauge('queue', cluster => cluster.queue);
    gauge('age', cluster => cluster.ageSeconds);
  }
}

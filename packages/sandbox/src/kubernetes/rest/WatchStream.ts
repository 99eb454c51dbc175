import { IncomingMessage, ServerResponse } from 'node:http';
import { Faults, WatchEffect } from '../../faults/Faults';
import { inVersion, tableOf } from '../DefaultObjectStore';
import { KubeObject } from '../ObjectStore';
import { ResourceKind, apiVersionOf } from '../ResourceKind';
import { parseFieldSelector } from '../fieldSelector';
import { parseLabelSelector } from '../labelSelector';
import { badRequest, expired, forbiddenValue, invalid } from '../statusErrors';
import { ObjectDatabase } from '../storage/ObjectDatabase';
import { StoredEvent, StoredObject } from '../storage/ResourceTable';
import { parseRevision } from './lists';

/** Unsent bytes from which on a client counts as too slow and is cut off. */
const maxBacklogBytes = 64 * 1024 * 1024;

/** How long before its end a watch sends a last bookmark, as the API server has it. */
const lastBookmarkMs = 2000;

/** What a watch needs from its surroundings. */
export interface WatchContext {
  database: ObjectDatabase;
  faults: Faults;
  /** Time between bookmarks, milliseconds. */
  bookmarkIntervalMs: number;
}

interface WatchOptions {
  revision: number | undefined;
  bookmarks: boolean;
  /** Undefined leaves it to the revision: without one, the present objects come first. */
  initialEvents: boolean | undefined;
  timeoutMs: number;
  selects: (object: KubeObject) => boolean;
}

function isTrue(text: string | null): boolean {
  return text === '' || text === 'true' || text === '1';
}

function parseOptions(
  kind: ResourceKind,
  query: URLSearchParams,
): WatchOptions {
  const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
  const fields = parseFieldSelector(
    query.get('fieldSelector') ?? undefined,
    kind,
  );
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch');
  const options = { group: 'meta.k8s.io', kind: 'ListOptions' };
  if (initial !== null && match !== 'NotOlderThan') {
    throw invalid(options, '', [
      forbiddenValue(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    ]);
  }
  if (initial === null && match) {
    throw invalid(options, '', [
      forbiddenValue(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    ]);
  }
  const timeout = query.get('timeoutSeconds');
  if (timeout && !/^\d+$/.test(timeout)) {
    throw badRequest(`invalid timeoutSeconds ${JSON.stringify(timeout)}`);
  }
  const seconds = Number(timeout) || 1800 * (1 + Math.random());
  return {
    revision: parseRevision(query.get('resourceVersion')),
    bookmarks,
    initialEvents: initial === null ? undefined : isTrue(initial),
    timeoutMs: seconds * 1000,
    selects: object =>
      (!labels || labels(object.metadata.labels)) &&
      (!fields || fields(object)),
  };
}

/** One open watch: a line of JSON for each event until the client goes, the time is over or the server stops. */
export class WatchStream {
  private readonly options: WatchOptions;
  private readonly cleanups: Array<() => void> = [];
  private eventsSent = 0;
  private silent = false;
  private ended = false;

  /** Throws a `StatusError` when the parameters cannot be read; nothing is sent by then. */
  constructor(
    private readonly context: WatchContext,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly kind: ResourceKind,
    private readonly namespace: string | undefined,
    query: URLSearchParams,
  ) {
    this.options = parseOptions(kind, query);
  }

  /** Sends what is due now and everything that comes. */
  start(): void {
    const { database, faults, bookmarkIntervalMs } = this.context;
    this.response.writeHead(200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache, private',
    });
    this.response.flushHeaders();
    this.response.once('close', () => this.release());
    this.cleanups.push(faults.onAdded(() => this.sufferFault()));

    const table = database.table(tableOf(this.kind));
    const { revision, initialEvents, bookmarks, timeoutMs } = this.options;
    const fromStart = revision === undefined || revision === 0;
    if (initialEvents ?? fromStart) {
      for (const stored of table.values(this.namespace)) {
        if (this.options.selects(stored.object)) {
          this.sendObject('ADDED', stored);
        }
      }
      if (initialEvents && bookmarks) {
        this.sendBookmark({ 'k8s.io/initial-events-end': 'true' });
      }
    } else if (!fromStart) {
      if (revision < table.oldestRevision) {
        this.sendExpired(
          `too old resource version: ${revision} (${table.oldestRevision})`,
        );
        return;
      }
      for (const event of table.eventsAfter(revision)) {
        this.forward(event);
      }
    }
    this.cleanups.push(
      database.watch(tableOf(this.kind), event => {
        if (event.revision > (revision ?? 0)) {
          this.forward(event);
        }
      }),
    );
    const timer = setTimeout(() => this.end(), timeoutMs);
    this.cleanups.push(() => clearTimeout(timer));
    if (bookmarks) {
      const interval = setInterval(
        () => this.sendBookmark(),
        bookmarkIntervalMs,
      );
      this.cleanups.push(() => clearInterval(interval));
      if (timeoutMs > lastBookmarkMs) {
        const last = setTimeout(
          () => this.sendBookmark(),
          timeoutMs - lastBookmarkMs,
        );
        this.cleanups.push(() => clearTimeout(last));
      }
    }
    this.sufferFault();
  }

  /** Ends the stream cleanly. */
  end(): void {
    if (!this.ended) {
      this.release();
      this.response.end();
    }
  }

  private forward(event: StoredEvent): void {
    const { current, previous, type } = event;
    if (
      this.namespace !== undefined &&
      current.object.metadata.namespace !== this.namespace
    ) {
      return;
    }
    const { selects } = this.options;
    const was = previous !== undefined && selects(previous.object);
    const is = type !== 'DELETED' && selects(current.object);
    if (is) {
      this.sendObject(was ? 'MODIFIED' : 'ADDED', current);
    } else if (was) {
      this.sendObject('DELETED', current);
    }
  }

  private sendObject(type: string, stored: StoredObject): void {
    this.send(
      `{"type":"${type}","object":${inVersion(this.kind, stored).json}}\n`,
    );
  }

  private sendBookmark(annotations?: Record<string, string>): void {
    this.write(
      `${JSON.stringify({
        type: 'BOOKMARK',
        object: {
          kind: this.kind.kind,
          apiVersion: apiVersionOf(this.kind),
          metadata: {
            resourceVersion: String(this.context.database.revision),
            ...(annotations ? { annotations } : {}),
          },
        },
      })}\n`,
    );
  }

  private sendExpired(message: string): void {
    this.write(
      `${JSON.stringify({
        type: 'ERROR',
        object: expired(message).toStatus(),
      })}\n`,
    );
    this.end();
  }

  private send(line: string): void {
    this.sufferFault(line);
    if (this.write(line)) {
      this.eventsSent++;
    }
  }

  private write(line: string): boolean {
    if (this.ended || this.silent) {
      return false;
    }
    this.response.write(line);
    if (this.response.writableLength > maxBacklogBytes) {
      this.response.destroy();
    }
    return true;
  }

  /** Suffers what is switched on for this watch; `line` is the event about to be sent. */
  private sufferFault(line = '{"type":"MODIFIED","object":{"apiVersion'): void {
    const effect = this.ended
      ? undefined
      : this.context.faults.takeForWatch(this.request, this.eventsSent);
    if (effect) {
      this.suffer(effect, line);
    }
  }

  private suffer(effect: WatchEffect, line: string): void {
    switch (effect.type) {
      case 'watch-torn': {
        const socket = this.response.socket;
        this.response.write(line.slice(0, line.length / 2), () =>
          socket?.destroy(),
        );
        this.release();
        break;
      }
      case 'watch-drop':
        this.release();
        this.response.socket?.destroy();
        break;
      case 'watch-malformed':
        this.write('{"type":"MODIFIED","object":{]\n');
        break;
      case 'watch-expired':
        this.sendExpired('too old resource version: 1 (2)');
        break;
      case 'watch-silent':
        this.silent = true;
        break;
      default:
        effect satisfies never;
    }
  }

  private release(): void {
    this.ended = true;
    for (const cleanup of this.cleanups.splice(0)) {
      cleanup();
    }
  }
}

import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { phrase } from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import { objectPath, type ClusterClient } from '../clusters/ClusterClient';
import {
  ClusterUnreachableError,
  kubernetesError,
  parseStatus,
  retryAfterMs,
  type KubernetesStatus,
} from '../clusters/kubernetesError';
import type { ServedResource } from '../clusters/ResourceDiscovery';
import { wordedError } from '../words/wordedError';
import { Backoff } from './Backoff';
import { sleep, type Clock } from './Clock';
import type { ReconnectReason, StatusMetrics } from '../metrics/StatusMetrics';
import { MalformedStreamError, readLines } from './readLines';
import { isOlder } from './versions';
import {
  parseWatchEvent,
  watchedObjectSchema,
  type WatchedObject,
} from './watchEvent';

const PAGE_SIZE = 500;
const PAGE_DEADLINE_MS = 60_000;
/**
 * Bookmarks come about once a minute, the first on an idle kind after up to
 * 122 s; longer silence means that nobody is there any more.
 */
const SILENCE_MS = 150_000;
const LONG_WATCH_S = [300, 600] as const;
/** Where an aborted watch goes on at the API server until its own timeout. */
const SHORT_WATCH_S = [60, 180] as const;
/** A watch that ends sooner without a word has not worked. */
const FUTILE_MS = 1_000;
/** A line that cannot be read at the same place so often is stepped over. */
const MALFORMED_BEFORE_RELIST = 3;
/** A cluster that stays in its past so often was restored to it. */
const STALE_BEFORE_BELIEF = 3;
const NOT_SERVED_RETRY_MS = 30_000;

/** A kind to follow, in the versions we understand, best first. @internal */
export interface WatchedKind {
  group: string;
  kind: string;
  versions: readonly string[];
}

/** One complete reading of a kind. @internal */
export interface Synchronisation {
  add(objects: WatchedObject[]): Promise<void> | void;
  /**
   * Whatever was known and not added is gone. Resolves when all of it is
   * committed.
   */
  finish(): Promise<void>;
}

/** Where a {@link ListWatch} hands its objects to. @internal */
export interface ListWatchSink {
  beginSync(resource: ServedResource): Promise<Synchronisation>;
  /** Resolves when this and everything handed over before it is committed. */
  changed(resource: ServedResource, object: WatchedObject): Promise<void>;
  deleted(resource: ServedResource, object: WatchedObject): Promise<void>;
  /** Resolves when everything handed over so far is committed. */
  committed(): Promise<void>;
}

/** What a {@link ListWatch} says about itself. @internal */
export interface ListWatchReport {
  /** The cluster was heard; what was told by then is known. */
  heard(): void;
  /** The knowledge is complete: a whole list is committed. */
  synced(): void;
  /**
   * The knowledge does not advance at present.
   *
   * @param reached - Whether the API server was heard all the same.
   */
  troubled(error: Error, reached: boolean): void;
}

const pageSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string().min(1),
    continue: z.string().optional(),
  }),
  items: z
    .array(watchedObjectSchema)
    .nullish()
    .transform(items => items ?? []),
});

/** The version asked for is too old; only a new list helps. */
class GoneError extends Error {
  override name = 'GoneError';
}

/** The cluster has no such kind; it is asked again now and then. @internal */
export class NotServedError extends Error {
  override name = 'NotServedError';
}

/** A list is older than what was seen before. */
class StaleListError extends Error {
  override name = 'StaleListError';
}

/** The sink could not take something in. */
class SinkError extends Error {
  override name = 'SinkError';
}

/** An attempt failed and the server said when to come back. */
class RetryAfterError extends Error {
  override name = 'RetryAfterError';
  constructor(override readonly cause: Error, readonly waitMs: number) {
    super(cause.message);
  }
}

/**
 * Follows one kind of one cluster: a list, then watches from where it ended,
 * for as long as `run` is not aborted. Whatever happens to connections and API
 * servers, the sink ends up with what the cluster holds.
 *
 * @internal
 */
export class ListWatch {
  private readonly client: ClusterClient;
  private readonly watched: WatchedKind;
  private readonly sink: ListWatchSink;
  private readonly report: ListWatchReport;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly logger: LoggerService;
  private readonly metrics?: StatusMetrics;
  private readonly backoff: Backoff;

  /** Where the kind is served; asked again when it turns out not to be. */
  private resource?: ServedResource;
  /** Version up to which everything is committed; where the next watch starts. */
  private position?: string;
  /** Rises with every list, so that commits of before it are not counted. */
  private epoch = 0;
  private malformedInARow = 0;
  /** Newest version that was ever known, so that a stale list is noticed. */
  private newest?: string;
  private staleInARow = 0;
  /** Ends the watch that is open with an error. */
  private fail: (error: Error) => void = () => {};

  constructor(options: {
    client: ClusterClient;
    watched: WatchedKind;
    sink: ListWatchSink;
    report: ListWatchReport;
    clock: Clock;
    logger: LoggerService;
    metrics?: StatusMetrics;
    random?: () => number;
  }) {
    this.client = options.client;
    this.watched = options.watched;
    this.sink = options.sink;
    this.report = options.report;
    this.clock = options.clock;
    this.logger = options.logger;
    this.metrics = options.metrics;
    this.random = options.random ?? Math.random;
    this.backoff = new Backoff(this.random);
  }

  /** Resolves when aborted and not before; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.resource ??= await this.findResource(signal);
        const { resource } = this;
        if (this.position === undefined) {
          await this.list(resource, signal);
        }
        await this.watch(resource, signal);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        await this.recover(error as Error, signal);
      }
    }
  }

  private async recover(error: Error, signal: AbortSignal): Promise<void> {
    this.metrics?.reconnect(
      this.client.cluster,
      this.watched.kind,
      reasonOf(error),
    );
    if (error instanceof GoneError) {
      // Ordinary: the API server forgets old versions. Only a server that keeps
      // saying so is trouble.
      this.position = undefined;
      if (this.backoff.count === 0) {
        this.backoff.next();
        return;
      }
    }
    if (error instanceof MalformedStreamError) {
      this.malformedInARow += 1;
      if (this.malformedInARow >= MALFORMED_BEFORE_RELIST) {
        this.position = undefined;
        this.malformedInARow = 0;
      }
    }
    if (error instanceof SinkError) {
      // What it could not take in is in the next list again.
      this.position = undefined;
    }
    const cause = error instanceof RetryAfterError ? error.cause : error;
    this.report.troubled(cause, !(cause instanceof ClusterUnreachableError));
    const waitMs = this.backoff.next(
      error instanceof RetryAfterError ? error.waitMs : undefined,
    );
    this.logger.debug(
      `Watching ${this.watched.kind} in cluster '${
        this.client.cluster
      }' failed, next attempt in ${Math.round(waitMs)} ms: ${error.message}`,
    );
    await sleep(this.clock, waitMs, signal).catch(() => {});
  }

  private async findResource(signal: AbortSignal): Promise<ServedResource> {
    const { group, kind, versions } = this.watched;
    const resource = await this.withLimit(
      signal,
      PAGE_DEADLINE_MS,
      'clusterNoAnswer',
      limited =>
        this.client.discovery.findAnyVersion(group, kind, versions, limited),
    );
    if (!resource) {
      throw new RetryAfterError(
        wordedError(
          NotServedError,
          phrase('clusterNotServed', {
            cluster: this.client.cluster,
            kind,
            group,
            missing: 'Flux',
          }),
        ),
        NOT_SERVED_RETRY_MS,
      );
    }
    return resource;
  }

  private async list(
    resource: ServedResource,
    signal: AbortSignal,
  ): Promise<void> {
    this.epoch += 1;
    const synchronisation = await this.sink.beginSync(resource);
    let next: string | undefined;
    let version: string;
    do {
      const query = new URLSearchParams({
        limit: String(PAGE_SIZE),
        ...(next && { continue: next }),
      });
      const page = await this.withLimit(
        signal,
        PAGE_DEADLINE_MS,
        'clusterNoList',
        async limited => {
          const response = await this.client.fetch(
            `${objectPath(resource, resource)}?${query}`,
            { method: 'GET', signal: limited },
          );
          await this.check(response, resource);
          return pageSchema.safeParse(await response.json());
        },
      );
      if (!page.success) {
        throw wordedError(
          MalformedStreamError,
          phrase('clusterListMalformed', { kind: resource.kind }),
        );
      }
      this.refuseStale(page.data.metadata.resourceVersion);
      this.report.heard();
      await synchronisation.add(page.data.items);
      version = page.data.metadata.resourceVersion;
      next = page.data.metadata.continue || undefined;
    } while (next);
    await synchronisation.finish();
    signal.throwIfAborted();
    this.position = version;
    this.newest = version;
    this.metrics?.listed(this.client.cluster, resource.kind);
    this.report.synced();
  }

  /**
   * A replica of the API server that lags behind tells of a past in which new
   * objects are missing and old ones are back. Asked again, another one answers,
   * or this one has caught up; only a cluster that was restored stays there.
   */
  private refuseStale(version: string): void {
    if (!isOlder(version, this.newest)) {
      this.staleInARow = 0;
      return;
    }
    if (this.staleInARow < STALE_BEFORE_BELIEF) {
      this.staleInARow += 1;
      throw wordedError(
        StaleListError,
        phrase('clusterListStale', {
          cluster: this.client.cluster,
          kind: this.watched.kind,
        }),
      );
    }
  }

  private async watch(
    resource: ServedResource,
    signal: AbortSignal,
  ): Promise<void> {
    const startedAt = this.clock.now();
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.position ?? '',
      timeoutSeconds: String(this.timeoutSeconds()),
    });
    let lines = 0;
    // Where the Kubernetes backend lacks our module, the headers come with the
    // first line only, so the limit on silence starts before them.
    await this.withLimit(
      signal,
      SILENCE_MS,
      'clusterWatchSilent',
      async (limited, restart, fail) => {
        this.fail = fail;
        const response = await this.client.fetch(
          `${objectPath(resource, resource)}?${query}`,
          { method: 'GET', signal: limited },
        );
        await this.check(response, resource);
        this.report.synced();
        if (!response.body) {
          return;
        }
        for await (const line of readLines(
          response.body as unknown as AsyncIterable<Uint8Array>,
        )) {
          restart();
          this.take(resource, line);
          lines += 1;
          this.backoff.reset();
          this.malformedInARow = 0;
        }
      },
    );
    // A clean end is the API server's own timeout: go on where it ended.
    if (lines === 0 && this.clock.now() - startedAt < FUTILE_MS) {
      throw wordedError(
        Error,
        phrase('clusterWatchEnded', {
          cluster: this.client.cluster,
          kind: resource.kind,
        }),
      );
    }
    this.report.heard();
  }

  /** Hands one event on; its version counts once it is committed. */
  private take(resource: ServedResource, line: string): void {
    const event = parseWatchEvent(line);
    this.metrics?.event(this.client.cluster, resource.kind, event.type);
    switch (event.type) {
      case 'ERROR': {
        const { status } = event;
        if (status?.code === 410 || status?.reason === 'Expired') {
          throw goneError(status);
        }
        throw kubernetesError(status?.code ?? 500, status, {
          cluster: this.client.cluster,
          verb: 'watch',
          object: resource.kind,
        });
      }
      case 'BOOKMARK':
        this.advance(event.resourceVersion, this.sink.committed());
        break;
      case 'DELETED':
        this.advance(
          event.object.metadata.resourceVersion,
          this.sink.deleted(resource, event.object),
        );
        break;
      default:
        this.advance(
          event.object.metadata.resourceVersion,
          this.sink.changed(resource, event.object),
        );
    }
    this.report.heard();
  }

  private advance(version: string, committed: Promise<void>): void {
    const { epoch } = this;
    const arrivedAt = this.clock.now();
    committed.then(
      () => {
        this.metrics?.committed(
          this.client.cluster,
          this.watched.kind,
          (this.clock.now() - arrivedAt) / 1_000,
        );
        // The sink commits in order, so a later call has a later version.
        if (epoch === this.epoch && this.position !== undefined) {
          this.position = version;
          this.newest = version;
        }
      },
      // Where the sink was stopped, so is this loop, and nobody hears it.
      error => this.fail(new SinkError(toError(error).message)),
    );
  }

  /** Throws what an answer other than 2xx means for the loop. */
  private async check(
    response: Response,
    resource: ServedResource,
  ): Promise<void> {
    if (response.ok) {
      return;
    }
    const text = await response.text();
    const status = parseStatus(parseJson(text));
    if (response.status === 410) {
      throw goneError(status);
    }
    if (response.status === 404) {
      this.client.discovery.forget(resource.apiVersion, resource.kind);
      this.resource = undefined;
      this.position = undefined;
    }
    const error = kubernetesError(response.status, status, {
      cluster: this.client.cluster,
      verb: 'watch',
      object: resource.kind,
    });
    const waitMs = retryAfterMs(response, status);
    throw waitMs === undefined ? error : new RetryAfterError(error, waitMs);
  }

  /** Runs `call` with a limit on time that it may restart. */
  private async withLimit<T>(
    signal: AbortSignal,
    ms: number,
    expired: 'clusterNoAnswer' | 'clusterNoList' | 'clusterWatchSilent',
    call: (
      limited: AbortSignal,
      restart: () => void,
      fail: (error: Error) => void,
    ) => Promise<T>,
  ): Promise<T> {
    const limit = new AbortController();
    const expire = () =>
      limit.abort(
        wordedError(
          ClusterUnreachableError,
          phrase(expired, {
            cluster: this.client.cluster,
            seconds: ms / 1000,
          }),
        ),
      );
    let cancel = this.clock.after(ms, expire);
    try {
      return await call(
        AbortSignal.any([signal, limit.signal]),
        () => {
          cancel();
          cancel = this.clock.after(ms, expire);
        },
        error => limit.abort(error),
      );
    } catch (error) {
      throw limit.signal.aborted && !signal.aborted
        ? limit.signal.reason
        : error;
    } finally {
      cancel();
      // Whatever way out was taken, nothing stays open.
      limit.abort();
    }
  }

  private timeoutSeconds(): number {
    const [least, most] = this.client.connection.closesUpstreamWatches
      ? LONG_WATCH_S
      : SHORT_WATCH_S;
    return Math.round(least + this.random() * (most - least));
  }
}

function goneError(status: KubernetesStatus | undefined): GoneError {
  return status?.message === undefined
    ? wordedError(GoneError, phrase('clusterVersionOld'))
    : new GoneError(status.message);
}

function reasonOf(error: Error): ReconnectReason {
  if (error instanceof GoneError) {
    return 'gone';
  }
  if (error instanceof MalformedStreamError) {
    return 'malformed';
  }
  if (error instanceof RetryAfterError) {
    return error.cause instanceof NotServedError ? 'not-served' : 'throttled';
  }
  return error instanceof ClusterUnreachableError ? 'unreachable' : 'refused';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

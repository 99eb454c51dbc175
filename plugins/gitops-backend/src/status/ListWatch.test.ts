import { mockServices } from '@backstage/backend-test-utils';
import type { ServerResponse } from 'node:http';
import { ClusterClient } from '../clusters/ClusterClient';
import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { ManualClock } from './__testUtils__/ManualClock';
import { TestApiServer } from './__testUtils__/TestApiServer';
import { until } from '../__testUtils__/until';
import { ListWatch, type ListWatchSink } from './ListWatch';

const WATCHED = {
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  versions: ['v1'],
};
const WATCH = /GET .*kustomizations\?.*watch=true/;
const LIST = /GET .*kustomizations\?limit/;

function kustomization(name: string, changes: object = {}) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux' },
    ...changes,
  };
}

/** Holds what it was told; commits when the test lets it. */
class MemorySink implements ListWatchSink {
  readonly objects = new Map<string, string>();
  events: string[] = [];
  /** Name of an object that is not taken in. */
  refuse?: string;
  private blocked?: Promise<void>;
  unblock = () => {};

  block() {
    this.blocked = new Promise(resolve => {
      this.unblock = () => {
        this.blocked = undefined;
        resolve();
      };
    });
  }

  async beginSync() {
    const named = new Map<string, string>();
    return {
      add: (items: { metadata: { name: string; resourceVersion: string } }[]) =>
        items.forEach(({ metadata }) =>
          named.set(metadata.name, metadata.resourceVersion),
        ),
      finish: async () => {
        this.objects.clear();
        named.forEach((version, name) => this.objects.set(name, version));
        await this.committed();
      },
    };
  }

  async changed(
    _: unknown,
    { metadata }: { metadata: { name: string; resourceVersion: string } },
  ) {
    if (metadata.name === this.refuse) {
      throw new Error(`'${this.refuse}' is not to be had`);
    }
    this.objects.set(metadata.name, metadata.resourceVersion);
    this.events.push(metadata.name);
    await this.committed();
  }

  async deleted(_: unknown, { metadata }: { metadata: { name: string } }) {
    this.objects.delete(metadata.name);
    await this.committed();
  }

  async committed() {
    await this.blocked;
  }
}

jest.setTimeout(30_000);

describe('ListWatch', () => {
  let server: TestApiServer;
  let clock: ManualClock;
  let sink: MemorySink;
  let reports: string[];
  let abort: AbortController;
  let ended: Promise<void>;

  beforeEach(async () => {
    server = new TestApiServer();
    clock = new ManualClock();
    sink = new MemorySink();
    reports = [];
    abort = new AbortController();
    server.put(kustomization('first'));
  });

  afterEach(async () => {
    abort.abort();
    await ended;
    await server.stop();
  });

  async function start(options: { closes?: boolean; random?: number } = {}) {
    const url = await server.start();
    const connection = new DirectClusterConnection('one', { url, token: 't' });
    Object.assign(connection, {
      closesUpstreamWatches: options.closes ?? true,
    });
    ended = new ListWatch({
      client: new ClusterClient(connection),
      watched: WATCHED,
      sink,
      report: {
        heard: () => reports.push('heard'),
        synced: () => reports.push('synced'),
        troubled: (error, reached) =>
          reports.push(`${reached ? 'reached' : 'lost'}: ${error.message}`),
      },
      clock,
      logger: mockServices.logger.mock(),
      random: () => options.random ?? 0.5,
    }).run(abort.signal);
  }

  const watching = () =>
    until(() => server.watchesOf('kustomizations').length === 1);
  const troubles = () => reports.filter(line => /reached|lost/.test(line));

  it('lists page by page, then watches from there with bookmarks', async () => {
    server.pageSize = 2;
    ['second', 'third', 'fourth', 'fifth'].forEach(name =>
      server.put(kustomization(name)),
    );
    await start();
    await watching();

    expect([...sink.objects.keys()].sort()).toEqual(
      ['first', 'second', 'third', 'fourth', 'fifth'].sort(),
    );
    expect(server.count(LIST)).toBe(3);
    const [query] = server.watchesOf('kustomizations');
    expect(Object.fromEntries(query)).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '105',
      timeoutSeconds: '450',
    });
    expect(reports).toContain('synced');

    server.put(kustomization('sixth'));
    server.delete('Kustomization', { name: 'first', namespace: 'flux' });
    await until(() => sink.objects.has('sixth') && !sink.objects.has('first'));
    expect(troubles()).toEqual([]);
  });

  it.each([
    { closes: true, random: 0, seconds: '300' },
    { closes: true, random: 1, seconds: '600' },
    { closes: false, random: 0, seconds: '60' },
    { closes: false, random: 1, seconds: '180' },
  ])(
    'asks for a watch of $seconds s when closes is $closes and chance $random',
    async ({ seconds, ...options }) => {
      await start(options);
      await watching();
      expect(server.watchesOf('kustomizations')[0].get('timeoutSeconds')).toBe(
        seconds,
      );
    },
  );

  it('goes on where a watch ended, without a list and without trouble', async () => {
    await start();
    await watching();
    server.bookmark();
    await until(() => reports.at(-1) === 'heard');
    server.end();
    await watching();

    expect(server.watchesOf('kustomizations')[0].get('resourceVersion')).toBe(
      '102',
    );
    expect(server.count(LIST)).toBe(1);
    expect(troubles()).toEqual([]);
  });

  it('resumes a torn watch from the last version and misses nothing', async () => {
    await start();
    await watching();
    server.put(kustomization('second'));
    await until(() => sink.objects.has('second'));
    server.tear();
    server.put(kustomization('meanwhile'));
    await until(
      () => sink.objects.has('meanwhile'),
      () => clock.advance(100),
    );

    expect(server.count(LIST)).toBe(1);
    expect(sink.events).toEqual(['second', 'meanwhile']);
    expect(troubles()).toHaveLength(1);
  });

  it('takes a version for seen only once it is committed', async () => {
    await start();
    await watching();
    sink.block();
    server.put(kustomization('second'));
    server.bookmark();
    await until(() => sink.events.length === 1);
    server.tear();
    await until(
      () => server.watchesOf('kustomizations').length === 1,
      () => clock.advance(100),
    );

    expect(server.watchesOf('kustomizations')[0].get('resourceVersion')).toBe(
      '101',
    );
    await until(() => sink.events.length === 2);
    sink.unblock();
    const heard = reports.length;
    server.bookmark();
    await until(() => reports.length > heard);
    server.tear();
    await until(
      () => server.watchesOf('kustomizations').length === 1,
      () => clock.advance(100),
    );
    expect(server.watchesOf('kustomizations')[0].get('resourceVersion')).toBe(
      '104',
    );
  });

  it('lists anew after a 410 as the answer to a watch', async () => {
    await start();
    await watching();
    server.put(kustomization('second'));
    await until(() => sink.objects.has('second'));
    server.compact();
    server.end();
    await until(() => server.count(LIST) === 2);
    await until(() => server.count(LIST) === 2);
    await watching();
    expect(troubles()).toEqual([]);
  });

  it('lists anew after a 410 inside the stream', async () => {
    await start();
    await watching();
    server.write('kustomizations', {
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
    await until(() => server.count(LIST) === 2);
    await until(() => server.count(LIST) === 2);
    await watching();
    expect(troubles()).toEqual([]);
  });

  it('waits as long as the server asks it to', async () => {
    server.intercept(LIST, (_, response) => {
      response.writeHead(429, { 'Retry-After': '7' });
      response.end(
        JSON.stringify({ kind: 'Status', code: 429, message: 'too many' }),
      );
    });
    await start();
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toMatch(/^reached: .*too many/);
    expect(clock.pending).toEqual([7000]);
    clock.advance(6999);
    expect(server.count(LIST)).toBe(1);
    clock.advance(1);
    await watching();
  });

  it('waits longer with each failure, up to ten seconds', async () => {
    await start();
    await watching();
    await server.stop();
    const waits: number[] = [];
    const nextWait = () =>
      until(
        () =>
          troubles().length === waits.length + 1 && clock.pending.length === 1,
      );
    for (let attempt = 0; attempt < 8; attempt++) {
      await nextWait();
      const [wait] = clock.pending;
      waits.push(wait);
      clock.advance(wait);
    }
    expect(waits).toEqual([375, 750, 1500, 3000, 6000, 7500, 7500, 7500]);
    expect(troubles().at(-1)).toMatch(/^lost: Cluster 'one' cannot be reached/);
  });

  it.each([
    ['not JSON', 'nonsense\n'],
    ['of an unknown type', '{"type":"SURPRISE","object":{}}\n'],
    ['without an object', '{"type":"ADDED"}\n'],
    ['not UTF-8', Uint8Array.of(0xc3, 0x28, 0x0a)],
  ])('reconnects without a list after a line that is %s', async (_, line) => {
    await start();
    await watching();
    server.put(kustomization('second'));
    await until(() => sink.objects.has('second'));
    server.write('kustomizations', line);
    await until(() => troubles().length === 1);
    await until(
      () =>
        server.watchesOf('kustomizations')[0]?.get('resourceVersion') === '102',
      () => clock.advance(100),
    );
    expect(server.count(LIST)).toBe(1);
  });

  it('steps over a place that stays malformed with a new list', async () => {
    const broken = (_: unknown, response: { end(text: string): void }) =>
      response.end('nonsense\n');
    [1, 2, 3].forEach(() => server.intercept(WATCH, broken));
    await start();
    await until(
      () => server.count(LIST) === 2,
      () => clock.advance(100),
    );
    await watching();
    expect(troubles()).toHaveLength(3);
  });

  it('gives up on a watch that is silent for 150 s, and on no other', async () => {
    await start();
    await watching();
    clock.advance(149_000);
    server.bookmark();
    await until(() => reports.at(-1) === 'heard');
    clock.advance(149_000);
    expect(troubles()).toEqual([]);
    const [before] = server.watches;
    clock.advance(1_001);
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toBe("lost: Cluster 'one' was silent for 150 s");
    await until(
      () => server.watches.size === 1 && !server.watches.has(before),
      () => clock.advance(100),
    );
  });

  it('gives up on a watch whose headers never come', async () => {
    server.intercept(WATCH, () => {});
    await start();
    await until(() => server.count(WATCH) === 1);
    clock.advance(150_001);
    await until(() => troubles().length === 1);
    await until(
      () => server.watches.size === 1,
      () => clock.advance(100),
    );
    expect(server.count(LIST)).toBe(1);
  });

  it('puts a character together that comes in two pieces', async () => {
    await start();
    await watching();
    const line = Buffer.from(
      `${JSON.stringify({
        type: 'ADDED',
        object: kustomization('grün', {
          metadata: { name: 'grün', uid: 'u', resourceVersion: '300' },
        }),
      })}\n`,
    );
    const cut = line.indexOf(0xc3) + 1;
    server.write('kustomizations', line.subarray(0, cut));
    server.write('kustomizations', line.subarray(cut));
    await until(() => sink.objects.has('grün'));
    expect(troubles()).toEqual([]);
  });

  it('says that a kind is not served, and heals when it is', async () => {
    server.missingGroups.add('kustomize.toolkit.fluxcd.io');
    await start();
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toBe(
      "reached: Cluster 'one' does not serve Kustomization of kustomize.toolkit.fluxcd.io; install Flux in the cluster",
    );
    server.missingGroups.clear();
    clock.advance(30_000);
    await watching();
    expect(sink.objects.has('first')).toBe(true);
  });

  it('closes its connection when it is told to stop', async () => {
    await start();
    await watching();
    abort.abort();
    await ended;
    await until(() => server.watches.size === 0);
    expect(clock.pending).toEqual([]);
    expect(troubles()).toEqual([]);
  });

  it('takes a line that trickles in, and gives up on one that has no end', async () => {
    await start();
    await watching();
    const line = `${JSON.stringify({
      type: 'ADDED',
      object: kustomization('slow', {
        metadata: { name: 'slow', uid: 'u', resourceVersion: '300' },
      }),
    })}\n`;
    for (const byte of Buffer.from(line)) {
      server.write('kustomizations', Uint8Array.of(byte));
    }
    await until(() => sink.objects.has('slow'));

    // Bytes are no life: nothing that can be read comes for 150 s.
    for (let second = 0; second < 150; second += 30) {
      server.write('kustomizations', 'x');
      clock.advance(30_000);
    }
    clock.advance(1);
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toBe("lost: Cluster 'one' was silent for 150 s");
  });

  it('reads an event again whose line was cut within a character', async () => {
    await start();
    await watching();
    const line = Buffer.from(
      '{"type":"ADDED","object":{"metadata":{"name":"grün',
    );
    server.write('kustomizations', line.subarray(0, line.indexOf(0xc3) + 1));
    server.tear();
    server.put(kustomization('grün'));
    await until(
      () => sink.objects.has('grün'),
      () => clock.advance(100),
    );
    expect(server.count(LIST)).toBe(1);
  });

  it('begins a list anew after a 410 on its second page', async () => {
    server.pageSize = 1;
    server.put(kustomization('second'));
    server.intercept(/continue=/, (_, response) => {
      response.writeHead(410, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired' }),
      );
    });
    await start();
    await watching();
    expect([...sink.objects.keys()].sort()).toEqual(['first', 'second']);
    expect(server.count(LIST)).toBe(4);
    expect(troubles()).toEqual([]);
  });

  it.each([
    [429, 'too many', /^reached: .*too many/],
    [401, 'Unauthorized', /^reached: /],
  ])(
    'comes back after a %d without a wish, from where it was',
    async (code, message, trouble) => {
      await start();
      await watching();
      server.put(kustomization('second'));
      await until(() => sink.objects.has('second'));
      server.intercept(WATCH, (_, response) => {
        response.writeHead(code, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ kind: 'Status', code, message }));
      });
      server.end();
      await until(() => troubles().length === 1);
      expect(troubles()[0]).toMatch(trouble);
      expect(clock.pending).toEqual([375]);
      clock.advance(375);
      await watching();
      expect(server.watchesOf('kustomizations')[0].get('resourceVersion')).toBe(
        '102',
      );
      expect(server.count(LIST)).toBe(1);
    },
  );

  it('lists anew after a handler has thrown, so that nothing is left out', async () => {
    await start();
    await watching();
    sink.refuse = 'second';
    server.put(kustomization('second'));
    server.put(kustomization('third'));
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toBe("reached: 'second' is not to be had");
    sink.refuse = undefined;
    await until(
      () => server.count(LIST) === 2,
      () => clock.advance(100),
    );
    await watching();
    expect([...sink.objects.keys()].sort()).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('does not believe a list of the past, until the cluster stays there', async () => {
    await start();
    await watching();
    server.put(kustomization('second'));
    await until(() => sink.objects.has('second'));
    server.compact();
    server.end();
    server.intercept(LIST, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({ metadata: { resourceVersion: '90' }, items: [] }),
      );
    });
    await until(() => troubles().length === 1);
    expect(troubles()[0]).toMatch(/is older than what it told before/);
    expect(sink.objects.has('second')).toBe(true);
    await until(
      () => server.watchesOf('kustomizations').length === 1,
      () => clock.advance(100),
    );
    expect(sink.objects.has('second')).toBe(true);

    server.rewind(50);
    const restored = (_: unknown, response: ServerResponse) => {
      response.writeHead(410, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: 410 }));
    };
    server.intercept(WATCH, restored);
    server.tear();
    await until(
      () => server.count(LIST) === 7,
      () => clock.advance(100),
    );
    await watching();
    expect(troubles().filter(line => /older/.test(line))).toHaveLength(4);
  });

  it('takes in an object of 1.4 MB', async () => {
    await start();
    await watching();
    server.put(
      kustomization('large', {
        status: {
          inventory: {
            entries: Array.from({ length: 20_000 }, (_, index) => ({
              id: `namespace-of-some-length_deployment-number-${index}_apps_Deployment`,
              v: 'v1',
            })),
          },
        },
      }),
    );
    await until(() => sink.objects.has('large'));
    server.compact();
    server.end();
    await until(() => server.count(LIST) === 2);
    await watching();
    expect(sink.objects.has('large')).toBe(true);
    expect(troubles()).toEqual([]);
  });

  it('hears of an object that was made again under the same name', async () => {
    await start();
    await watching();
    const before = sink.objects.get('first');
    server.delete('Kustomization', { name: 'first', namespace: 'flux' });
    server.put(kustomization('first'));
    await until(() => sink.objects.get('first') === '103');
    expect(before).toBe('101');
    expect(troubles()).toEqual([]);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch as undiciFetch } from 'undici';
import { PortalClient } from '../../portal/PortalClient';
import { say } from '../../say';
import { median, percentile } from '../statistics';
import { ChangeLoad } from './ChangeLoad';
import type { ClusterUse, LoadCluster } from './LoadCluster';
import { LoadBench, type BenchDatabase } from './LoadBench';
import { countObjects, seededRandom, type Tier } from './LoadPlan';
import type { LoadResult, Ranks, ReadRun, Use } from './LoadResult';
import { PollingPeer } from './PollingPeer';
import { changeOf, StalenessBook } from './StalenessBook';
import { Viewer } from './Viewer';

/** Reads a second; the last rate is the one that is aimed at. */
const READ_RATES = [50, 100, 200];
const READ_SECONDS = 10;
/** Connections that the readers keep open, as browsers or a gateway do. */
const READ_CONNECTIONS = 100;
/** Connections that the polling pattern keeps open to each API server. */
const POLL_CONNECTIONS = 50;
const PROBES_PER_SECOND = 4;
const PROBE_PAUSE_MS = 10;
const PROBE_LIMIT_MS = 10_000;
const LAST_NEWS_MS = 10_000;
const BURST_LIMIT_MS = 120_000;
const MEGABYTE = 1024 * 1024;

/** What {@link measureLoad} is to do. */
export interface LoadOptions {
  tier: Tier;
  database: BenchDatabase;
  seed: number;
  /** Whether rising rates of reads are measured, too. */
  reads: boolean;
  /** Whether the polling pattern is measured on the same clusters. */
  peer: boolean;
}

/** Puts a tier's load on a portal of its own and measures what becomes of it. */
export async function measureLoad(options: LoadOptions): Promise<LoadResult> {
  const { tier, database, seed } = options;
  const bench = await LoadBench.prepare(tier, database);
  try {
    const random = seededRandom(seed);
    const atViewer = new StalenessBook();
    const inBurst = new StalenessBook();
    const atPeer = new StalenessBook();
    const atRest = new StalenessBook();
    const watched = new Set<string>();
    let probing = 0;
    let nextProbeAt = 0;
    let probe: ((key: Probed) => void) | undefined;
    // Whose view of the changes is measured at the moment.
    let book: StalenessBook | undefined;
    const load = new ChangeLoad({
      projects: bench.projects,
      clusters: bench.clusters,
      random,
      onChange: ({ project, environment, change, at }) => {
        const key = `${project.slug}/${environment.name}`;
        if (watched.has(project.slug)) {
          book?.expect(key, change, at);
        }
        if (probe && probing < 8 && at >= nextProbeAt) {
          nextProbeAt = at + 1000 / PROBES_PER_SECOND;
          atRest.expect(key, change, at);
          probing += 1;
          probe({ slug: project.slug, environment: environment.name, change });
        }
      },
    });
    say(`${tier.name}: first status of every object`);
    await load.settleAll();

    say(`${tier.name}: first sync`);
    const idle = await bench.seed();
    const objects = countObjects(bench.projects);
    const firstSync = await measureFirstSync(bench, objects, idle);

    const client = new PortalClient(bench.portal.url);
    await client.signIn();
    const { token } = client;
    const readers = new Agent({ connections: READ_CONNECTIONS });
    const readEntity = async (slug: string) => {
      const response = await undiciFetch(
        `${bench.portal.url}/api/gitops/entities/component/default/${slug}`,
        {
          headers: { authorization: `Bearer ${token}` },
          dispatcher: readers,
        },
      );
      const text = await response.text();
      if (!response.ok) {
        throw new Error(`${slug}: ${response.status} ${text}`);
      }
      return JSON.parse(text) as EntityAnswer;
    };

    say(`${tier.name}: ${tier.viewers} viewers`);
    const step = Math.max(1, Math.floor(tier.projects / tier.viewers));
    const viewed = Array.from(
      { length: tier.viewers },
      (_, index) => bench.projects[(index * step) % tier.projects],
    );
    viewed.forEach(({ slug }) => watched.add(slug));
    const viewers: Viewer[] = [];
    for (const { slug } of viewed) {
      viewers.push(
        await Viewer.open({
          url: bench.portal.url,
          token,
          slug,
          onSeen: (_, text, at) =>
            seeAll(
              [atViewer, inBurst],
              slug,
              JSON.parse(text) as EntityAnswer,
              at,
            ),
        }),
      );
    }

    say(`${tier.name}: ${tier.seconds} s of load`);
    probe = ({ slug, environment, change }) => {
      void (async () => {
        const limit = performance.now() + PROBE_LIMIT_MS;
        while (performance.now() < limit) {
          const answer = await readEntity(slug);
          const at = performance.now();
          const commit = answer.environments.find(
            ({ name }) => name === environment,
          )?.resource?.commit;
          if (changeOf(commit) >= change) {
            atRest.see(`${slug}/${environment}`, change, at);
            break;
          }
          await delay(PROBE_PAUSE_MS);
        }
      })()
        .catch(error => say(`a read failed: ${error}`))
        .finally(() => {
          probing -= 1;
        });
    };
    const viewersBefore = totalOf(viewers);
    const rowsBefore = await countRowWrites(bench);
    const useBefore = await useOf(bench.clusters);
    const writtenBefore = load.written;
    book = atViewer;
    const from = Date.now();
    await load.run(tier.seconds, () => tier.changesPerSecond);
    book = undefined;
    const to = Date.now();
    const viewersAfter = totalOf(viewers);
    const ours = difference(useBefore, await useOf(bench.clusters), to - from);
    probe = undefined;
    const changed = load.written - writtenBefore;
    await untilAllSeen(atViewer, LAST_NEWS_MS);
    const rowsAfter = await countRowWrites(bench);
    const steadySamples = await bench.probe.between(from, to);
    const seconds = (to - from) / 1000;
    const late = load.late;

    let burst: LoadResult['burst'];
    if (tier.burst) {
      say(`${tier.name}: a burst of ${tier.burst.seconds} s`);
      book = inBurst;
      burst = await measureBurst(tier.burst, bench, load, inBurst);
      book = undefined;
    }

    const reads: ReadRun[] = [];
    for (const perSecond of options.reads ? READ_RATES : []) {
      say(`${tier.name}: ${perSecond} reads a second`);
      const [run] = await Promise.all([
        measureReads(readEntity, bench.projects, random, perSecond),
        load.run(READ_SECONDS, () => tier.changesPerSecond),
      ]);
      reads.push(run);
      if (run.failed > 0) {
        say(`${run.failed} reads failed, the first with: ${run.firstFailure}`);
      }
    }
    await readers.destroy();
    viewers.forEach(viewer => viewer.close());

    let peer: LoadResult['peer'];
    if (options.peer) {
      say(`${tier.name}: the polling pattern on the same clusters`);
      book = atPeer;
      peer = await measurePeer({ bench, tier, viewed, load, book: atPeer });
    }
    return {
      tier: tier.name,
      database,
      seed,
      objects,
      clusters: bench.clusters.size,
      viewers: tier.viewers,
      changesPerSecond: changed / seconds,
      lateChanges: late,
      firstSync,
      readable: ranks(atRest.samples),
      visible: ranks(atViewer.samples),
      unseenChanges: atViewer.unseen,
      steady: {
        eventLoopP99Ms: percentile(
          steadySamples.map(({ p99 }) => p99),
          0.99,
        ),
        cpu:
          ((steadySamples.at(-1)?.cpuSeconds ?? 0) -
            (steadySamples[0]?.cpuSeconds ?? 0)) /
          seconds,
        memoryMb: Math.max(...steadySamples.map(({ rss }) => rss)) / MEGABYTE,
        signalsPerViewerPerSecond:
          (viewersAfter.signals - viewersBefore.signals) /
          tier.viewers /
          seconds,
        readsPerSecond: (viewersAfter.reads - viewersBefore.reads) / seconds,
        failedReads: viewersAfter.failures - viewersBefore.failures,
      },
      rowWrites:
        rowsBefore && rowsAfter
          ? rowWrites(rowsBefore, rowsAfter, changed)
          : undefined,
      burst,
      reads,
      ours,
      peer,
    };
  } finally {
    await bench.stop();
  }
}

function totalOf(viewers: readonly Viewer[]) {
  return {
    reads: sum(viewers.map(({ reads }) => reads)),
    signals: sum(viewers.map(({ signals }) => signals)),
    failures: sum(viewers.map(({ failures }) => failures)),
  };
}

interface Probed {
  slug: string;
  environment: string;
  change: number;
}

interface EntityAnswer {
  environments: { name: string; resource?: { commit?: string } }[];
}

function seeAll(
  books: readonly StalenessBook[],
  slug: string,
  answer: EntityAnswer,
  at: number,
): void {
  for (const { name, resource } of answer.environments) {
    for (const book of books) {
      book.see(`${slug}/${name}`, changeOf(resource?.commit), at);
    }
  }
}

async function untilAllSeen(
  book: StalenessBook,
  limitMs: number,
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (book.unseen > 0 && performance.now() < limit) {
    await delay(50);
  }
}

/** Puts more on the portal than it can take, and waits until it is through. */
async function measureBurst(
  burst: NonNullable<Tier['burst']>,
  bench: LoadBench,
  load: ChangeLoad,
  book: StalenessBook,
): Promise<LoadResult['burst']> {
  const { seconds, changesPerSecond } = burst;
  const before = { written: load.written, late: load.late };
  const from = Date.now();
  await load.run(seconds, () => changesPerSecond);
  const to = Date.now();
  await untilAllSeen(book, BURST_LIMIT_MS);
  const caughtUpAt = Date.now();
  const samples = await bench.probe.between(from, caughtUpAt);
  return {
    seconds,
    changesPerSecond: ((load.written - before.written) * 1000) / (to - from),
    lateChanges: load.late - before.late,
    visible: ranks(book.samples),
    unseenChanges: book.unseen,
    caughtUpMs: caughtUpAt - to,
    eventLoopP99Ms: percentile(
      samples.map(({ p99 }) => p99),
      0.99,
    ),
  };
}

async function measureFirstSync(
  bench: LoadBench,
  objects: number,
  idle: { idleRss: number; idleHeap: number },
): Promise<LoadResult['firstSync']> {
  const from = Date.now();
  await bench.startPortal();
  // By the database's own times: when the first cluster was taken, and when the
  // last row was written.
  const { began, lists, ended } = await bench.withDatabase(async database => {
    for (;;) {
      const [{ left }] = await database('gitops_resources')
        .where({ status: 'pending' })
        .count({ left: '*' });
      if (Number(left) === 0) {
        const [{ at: first }] = await database('cluster_sessions').min({
          at: 'created_at',
        });
        const [{ from: earliest, to: last }] = await database(
          'gitops_resources',
        )
          .min({ from: 'last_status_update_at' })
          .max({ to: 'updated_at' });
        return { began: toMs(first), lists: toMs(earliest), ended: toMs(last) };
      }
      if (Date.now() - from > 300_000) {
        throw new Error(`${left} of ${objects} objects are still not synced`);
      }
      await delay(200);
    }
  });
  // Until the memory of the sync itself is given back.
  await delay(3000);
  const samples = await bench.probe.between(began, ended + 3000);
  // A sample tells of the second before it. Until the first list has come, the
  // Kubernetes plugin loads its client library, once in the life of a process.
  const during = samples.filter(
    ({ at }) => at >= lists + 1000 && at <= ended + 1000,
  );
  const extra = Math.max(...samples.map(({ rss }) => rss)) - idle.idleRss;
  return {
    ms: ended - began,
    eventLoopP99Ms: percentile(
      during.map(({ p99 }) => p99),
      0.99,
    ),
    extraMemoryMb: extra / MEGABYTE,
    bytesPerObject:
      ((await bench.probe.liveHeap(bench.portal.pid)) - idle.idleHeap) /
      objects,
  };
}

function toMs(value: unknown): number {
  return value instanceof Date
    ? value.getTime()
    : new Date(String(value)).getTime();
}

/** Reads at a fixed rate, however long the answers take. */
async function measureReads(
  read: (slug: string) => Promise<unknown>,
  projects: readonly { slug: string }[],
  random: () => number,
  perSecond: number,
): Promise<ReadRun> {
  const latencies: number[] = [];
  const open: Promise<void>[] = [];
  const failures: string[] = [];
  const fail = (error: Error) =>
    void failures.push(String(error.cause ?? error));
  const started = performance.now();
  const total = perSecond * READ_SECONDS;
  for (let index = 0; index < total; index++) {
    const due = started + (index * 1000) / perSecond;
    const pause = due - performance.now();
    if (pause > 1) {
      await delay(pause);
    }
    const { slug } = projects[Math.floor(random() * projects.length)];
    open.push(
      read(slug).then(
        // From when it was due: a client that waits its turn waits, too.
        () => void latencies.push(performance.now() - due),
        fail,
      ),
    );
  }
  await Promise.all(open);
  const seconds = (performance.now() - started) / 1000;
  return {
    ...ranks(latencies),
    askedPerSecond: perSecond,
    answeredPerSecond: latencies.length / seconds,
    failed: failures.length,
    firstFailure: failures[0],
  };
}

async function measurePeer(options: {
  bench: LoadBench;
  tier: Tier;
  viewed: LoadBench['projects'];
  load: ChangeLoad;
  book: StalenessBook;
}): Promise<LoadResult['peer']> {
  const { bench, tier, viewed, load, book } = options;
  const seconds = Math.min(tier.seconds, 40);
  const clusters = [...bench.clusters.values()];
  const agents = new Map(
    clusters.map(cluster => [
      cluster,
      new Agent({
        connect: { ca: cluster.ca },
        connections: POLL_CONNECTIONS,
      }),
    ]),
  );
  const peer = new PollingPeer({
    clusters,
    book,
    fetch: async (cluster, path) => {
      const response = await undiciFetch(`${cluster.url}${path}`, {
        headers: { authorization: `Bearer ${cluster.token}` },
        dispatcher: agents.get(cluster),
      });
      const text = await response.text();
      if (!response.ok) {
        throw new Error(`${path}: ${response.status} ${text}`);
      }
      return text;
    },
  });
  const before = await useOf(bench.clusters);
  const from = Date.now();
  const untilAt = performance.now() + seconds * 1000;
  await Promise.all([
    load.run(seconds, () => tier.changesPerSecond),
    ...viewed.map((project, index) =>
      peer.view(project, {
        startAfterMs: (index * 10_000) / viewed.length,
        untilAt,
      }),
    ),
  ]);
  const took = Date.now() - from;
  const use = difference(before, await useOf(bench.clusters), took);
  await Promise.all([...agents.values()].map(agent => agent.destroy()));
  return {
    use,
    staleness: ranks(book.samples),
    roundP50Ms: median(peer.roundMs),
    listsPerSecond: (peer.lists * 1000) / took,
    failedListsPerSecond: (peer.failures * 1000) / took,
    wantedListsPerSecond: (viewed.length * clusters.length * 5) / 10,
  };
}

async function useOf(
  clusters: ReadonlyMap<string, LoadCluster>,
): Promise<ClusterUse[]> {
  return Promise.all([...clusters.values()].map(cluster => cluster.use()));
}

function difference(
  before: readonly ClusterUse[],
  after: readonly ClusterUse[],
  ms: number,
): Use {
  const total = (of: (use: ClusterUse) => number) =>
    (sum(after.map(of)) - sum(before.map(of))) / (ms / 1000);
  const known = after.some(({ cpuSeconds }) => cpuSeconds !== undefined);
  return {
    requestsPerSecond: total(({ requests }) => requests),
    bytesPerSecond: total(({ bytes }) => bytes),
    cpu: known ? total(({ cpuSeconds }) => cpuSeconds ?? 0) : undefined,
  };
}

/** Rows that PostgreSQL has written so far, by table; SQLite does not count them. */
async function countRowWrites(
  bench: LoadBench,
): Promise<Record<string, number> | undefined> {
  if (!bench.postgres) {
    return undefined;
  }
  return bench.withDatabase(async database => {
    // A backend tells of its last transactions a second late at most.
    await delay(1500);
    const rows = await database('pg_stat_user_tables').select<
      { relname: string; writes: string }[]
    >('relname', database.raw('n_tup_ins + n_tup_upd + n_tup_del as writes'));
    return Object.fromEntries(
      rows.map(({ relname, writes }) => [relname, Number(writes)]),
    );
  });
}

/** Without what goes on at the same pace whether anything changes or not. */
const HEARTBEAT_TABLES = new Set([
  'cluster_sessions',
  'backstage_backend_tasks__tasks',
]);

function rowWrites(
  before: Record<string, number>,
  after: Record<string, number>,
  changed: number,
): LoadResult['rowWrites'] {
  const tables: Record<string, number> = {};
  for (const [table, count] of Object.entries(after)) {
    const writes = count - (before[table] ?? 0);
    if (writes > 0 && !HEARTBEAT_TABLES.has(table)) {
      tables[table] = writes / changed;
    }
  }
  return { perChange: sum(Object.values(tables)), tables };
}

function ranks(samples: readonly number[]): Ranks {
  return {
    samples: samples.length,
    p50: samples.length > 0 ? median(samples) : NaN,
    p99: samples.length > 0 ? percentile(samples, 0.99) : NaN,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

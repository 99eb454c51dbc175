import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortalClient } from '../portal/PortalClient';
import { startSandboxBacking } from '../backing/sandboxBacking';
import { CountingProxy } from './CountingProxy';
import type { Figure } from './Figure';
import { median, percentile } from './statistics';
import { runMainJob } from '../demo/runMainJob';
import { Portal } from '../portal/Portal';
import { freePort } from '../portal/ports';
import { say } from '../say';

const RUNS = 3;
const VIEWS = 300;
const READS_AT_A_TIME = 4;

async function measureReads(
  client: PortalClient,
  slug: string,
): Promise<{ milliseconds: number[]; bytes: number }> {
  const milliseconds: number[] = [];
  let bytes = 0;
  let left = VIEWS;
  await Promise.all(
    Array.from({ length: READS_AT_A_TIME }, async () => {
      while (left-- > 0) {
        const started = performance.now();
        ({ bytes } = await client.entityDocument(slug));
        milliseconds.push(performance.now() - started);
      }
    }),
  );
  return { milliseconds, bytes };
}

/** Set-up, Ready, and what a page view costs, on the sandbox. */
export async function measureMainJob(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gitops-bench-'));
  const stops: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
  ];
  try {
    const backing = await startSandboxBacking({
      dataFolder: join(folder, 'sandbox'),
    });
    stops.push(() => backing.stop());
    const proxy = await CountingProxy.start(
      backing.environment.SANDBOX_CLUSTER_URL,
    );
    stops.push(() => proxy.stop());
    const portal = await Portal.start({
      port: await freePort(),
      dataFolder: folder,
      environment: {
        ...backing.environment,
        SANDBOX_CLUSTER_URL: proxy.url,
        GITOPS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
    });
    stops.push(() => portal.stop());

    const setUp: number[] = [];
    const ready: number[] = [];
    let reads: Awaited<ReturnType<typeof measureReads>> | undefined;
    let clusterRequests = 0;
    for (let run = 1; run <= RUNS; run++) {
      say(`main job, run ${run} of ${RUNS}`);
      const slug = `bench-${run}`;
      const { result, client } = await runMainJob({ portal, backing, slug });
      if (!result.ok || result.elapsedMs.initialized === undefined) {
        throw new Error(`the main job failed: ${result.problems.join('; ')}`);
      }
      setUp.push(result.elapsedMs.initialized);
      ready.push(result.elapsedMs.ready ?? NaN);
      if (run === RUNS) {
        say(`${VIEWS} page views`);
        const before = proxy.requests;
        reads = await measureReads(client, slug);
        clusterRequests = proxy.requests - before;
      }
    }
    const { milliseconds, bytes } = reads!;
    return [
      {
        name: 'set-up in the sandbox (median)',
        value: median(setUp),
        unit: 'ms',
        target: 5000,
      },
      {
        name: 'Ready after it (median)',
        value: median(ready),
        unit: 'ms',
        target: 5000,
      },
      {
        name: `cluster requests during ${VIEWS} page views`,
        value: clusterRequests,
        unit: '',
        target: 0,
      },
      {
        name: 'answer for three environments',
        value: bytes,
        unit: 'bytes',
        target: 4096,
      },
      {
        name: `entity read, p50, ${READS_AT_A_TIME} at a time`,
        value: median(milliseconds),
        unit: 'ms',
        target: 50,
      },
      {
        name: `entity read, p99, ${READS_AT_A_TIME} at a time`,
        value: percentile(milliseconds, 0.99),
        unit: 'ms',
        target: 50,
      },
    ];
  } finally {
    for (const stop of stops.reverse()) {
      await stop();
    }
  }
}

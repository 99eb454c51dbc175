// Preloaded into the portal while it is measured: once a second, one line with the
// delay of its event loop and its memory; on SIGUSR2 one with the heap that is left
// when all garbage is gone.
const { appendFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

const file = process.env.BENCH_PROBE_FILE;
if (file) {
  // A node started by the portal would write into the same file.
  delete process.env.BENCH_PROBE_FILE;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('SIGUSR2', () => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    appendFileSync(
      file,
      `${JSON.stringify({
        collectedAt: Date.now(),
        heapUsed: process.memoryUsage().heapUsed,
      })}\n`,
    );
  });
  setInterval(() => {
    const { heapUsed, rss } = process.memoryUsage();
    appendFileSync(
      file,
      `${JSON.stringify({
        at: Date.now(),
        // The resolution is part of what is measured.
        p50: Math.max(0, delay.percentile(50) / 1e6 - 5),
        p99: Math.max(0, delay.percentile(99) / 1e6 - 5),
        max: Math.max(0, delay.max / 1e6 - 5),
        cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
        heapUsed,
        rss,
      })}\n`,
    );
    delay.reset();
  }, 1000).unref();
}

import { writeFileSync } from 'node:fs';
import { runMainJob } from '../demo/runMainJob';
import { FlowBench } from './__testUtils__/FlowBench';

jest.setTimeout(120_000);
it('x', async () => {
  writeFileSync('/tmp/w/flow.env', JSON.stringify({...process.env, exec: process.execPath}, null, 1));
  const bench = await FlowBench.start({ LOG_LEVEL: 'debug' });
  try {
    const job = await runMainJob({ ...bench, portal: bench.portal, backing: bench.backing, slug: 'shop' });
    writeFileSync('/tmp/w/flow.json', JSON.stringify({ r: job.result, t: job.task, s: bench.rows.steps('shop'),
      p: bench.rows.project('shop'), git: bench.gates.git.passages, cl: bench.gates.cluster.passages, pl: bench.gates.plugin.passages }, null, 1));
    writeFileSync('/tmp/w/flow.log', bench.portal.log.map(l => l.text).join('\n'));
  } finally { await bench.stop(); }
});

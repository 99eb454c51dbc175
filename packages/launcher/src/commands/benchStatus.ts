import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printFigures } from '../bench/Figure';
import type { BenchDatabase } from '../bench/load/LoadBench';
import { TIERS } from '../bench/load/LoadPlan';
import { loadFigures } from '../bench/load/loadFigures';
import { measureLoad } from '../bench/load/measureLoad';
import {
  RESULTS_FOLDER,
  writeStatusEnginePage,
} from '../bench/load/statusEnginePage';
import { say } from '../say';

/** Puts a tier's load on the status engine, and keeps what came of it. */
export async function benchStatus(options: {
  tier: string;
  database: BenchDatabase;
  seed: number;
  seconds?: number;
  peer: boolean;
  json?: boolean;
}): Promise<void> {
  const tier = TIERS[options.tier];
  if (!tier) {
    throw new Error(
      `there is no tier '${options.tier}': choose one of ${Object.keys(
        TIERS,
      ).join(', ')}`,
    );
  }
  const result = await measureLoad({
    ...options,
    reads: true,
    tier: { ...tier, seconds: options.seconds ?? tier.seconds },
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else {
    process.stdout.write(printFigures(loadFigures(result)));
  }
  if (options.seconds === undefined) {
    await mkdir(RESULTS_FOLDER, { recursive: true });
    await writeFile(
      join(RESULTS_FOLDER, `status-${tier.name}-${options.database}.json`),
      `${JSON.stringify(result, null, 2)}\n`,
    );
    say(`written: ${await writeStatusEnginePage()}`);
  }
}

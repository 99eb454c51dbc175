import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureGrowth } from '../bench/load/measureGrowth';
import {
  GROWTH_RESULT,
  RESULTS_FOLDER,
  writeStatusEnginePage,
} from '../bench/load/statusEnginePage';
import { say } from '../say';

/** Measures what more objects, clusters and viewers cost, and keeps the curves. */
export async function benchGrowth(): Promise<void> {
  const points = await measureGrowth(1);
  await mkdir(RESULTS_FOLDER, { recursive: true });
  await writeFile(
    join(RESULTS_FOLDER, GROWTH_RESULT),
    `${JSON.stringify(points, null, 2)}\n`,
  );
  say(`written: ${await writeStatusEnginePage()}`);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFixtures } from '@backstage-gitops/status-fixtures';
import { repositoryRoot } from '../paths';
import { say } from '../say';
import { compareTools } from '../statusTruth/compareTools';
import { renderComparison, summary } from '../statusTruth/renderComparison';

/**
 * Compares how tools would show the recorded situations, and writes the page.
 *
 * @returns its path
 */
export async function writeStatusTruth(): Promise<string> {
  const fixtures = await readFixtures();
  const versions = new Set(
    [...fixtures.keys()].map(file =>
      file
        .replace(/^[^.]+\./, '')
        .replace(/\.json$/, '')
        .replace(/-/g, ' ')
        .replace('_', ' and '),
    ),
  );
  const comparisons = compareTools(fixtures.values());
  const path = join(repositoryRoot, 'docs/benchmarks/status-truth.md');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, renderComparison(comparisons, [...versions]));
  process.stdout.write(`${summary(comparisons)}\n`);
  return path;
}

/** Tells per tool how many recorded situations it shows wrongly. */
export async function statusTruth(): Promise<void> {
  say(`written: ${await writeStatusTruth()}`);
}

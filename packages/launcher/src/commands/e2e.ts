import { ensurePrograms } from '@backstage-gitops/control-plane';
import { runJest } from '../runJest';
import { say } from '../say';

/** Builds what is missing of the real control plane and runs the suites against it. */
export async function e2e(args: string[]): Promise<void> {
  await ensurePrograms(say);
  await runJest('e2e/suites', [
    'package',
    'test',
    '--watch=false',
    '--runInBand',
    ...args,
  ]);
}

import {
  ensurePrograms,
  readExistingControlPlane,
} from '@backstage-gitops/control-plane';
import { runJest } from '../runJest';
import { say } from '../say';

/**
 * Runs the suites against real Kubernetes, Flux and Gitea: what runs already,
 * where the environment names it, else a control plane that is built first.
 */
export async function e2e(args: string[]): Promise<void> {
  if (!readExistingControlPlane()) {
    await ensurePrograms(say);
  }
  await runJest('e2e/suites', [
    'package',
    'test',
    '--watch=false',
    '--runInBand',
    ...args,
  ]);
}

import { createEnvironments } from './createEnvironments';
import { createRecords } from './createRecords';
import { createRepository } from './createRepository';
import { finish } from './finish';
import { pushTemplate } from './pushTemplate';
import { resolveCredentials } from './resolveCredentials';
import { setupGitops } from './setupGitops';
import type { Step } from './StepContext';

/** The steps of a set-up in their order. @internal */
export const STEPS: readonly Step[] = [
  resolveCredentials,
  createRepository,
  pushTemplate,
  createRecords,
  createEnvironments,
  setupGitops,
  finish,
];

import { resolve } from 'node:path';

/** Root of the repository. */
export const repositoryRoot = resolve(__dirname, '../../..');

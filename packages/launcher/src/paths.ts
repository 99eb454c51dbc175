import { resolve } from 'node:path';

/** Root of the repository. */
// This package only ever runs from its source.
// eslint-disable-next-line no-restricted-syntax
export const repositoryRoot = resolve(__dirname, '../../..');

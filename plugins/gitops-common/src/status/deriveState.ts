import type { DerivedState, Reading, StatusContext } from './types';

/** Placeholder until the table is implemented. */
export function deriveState(
  _reading: Reading,
  _source: Reading | undefined,
  _now: Date,
  _context: StatusContext = {},
): DerivedState {
  throw new Error('not implemented');
}

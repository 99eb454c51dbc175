import type { Diagnosis, FluxEvent, Reading, StatusContext } from './types';

/** Placeholder until the catalogue is implemented. */
export function diagnose(
  _reading: Reading,
  _source: Reading | undefined,
  _events: readonly FluxEvent[],
  _now: Date,
  _context: StatusContext = {},
): Diagnosis | undefined {
  throw new Error('not implemented');
}

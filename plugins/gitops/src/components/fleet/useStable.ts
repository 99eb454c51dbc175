import { useRef } from 'react';

/**
 * Gives the former value for as long as the new one says the same, so that what
 * is drawn from it need not be drawn again. Values are what JSON can carry.
 */
export function useStable<T>(value: T): T {
  const known = useRef(value);
  if (
    known.current !== value &&
    JSON.stringify(known.current) !== JSON.stringify(value)
  ) {
    known.current = value;
  }
  return known.current;
}

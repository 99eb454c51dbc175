import { useEffect, useReducer } from 'react';

/** Renders again every so often; gives a number that is new each time. */
export function useTick(periodMs: number): number {
  const [tick, advance] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(advance, periodMs);
    return () => clearInterval(timer);
  }, [periodMs]);
  return tick;
}

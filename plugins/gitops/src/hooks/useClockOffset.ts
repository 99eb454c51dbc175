import { createContext, useContext } from 'react';

/** Portal clock minus browser clock in milliseconds, for ages of the portal's times. */
export const ClockOffsetContext = createContext(0);

/** See {@link ClockOffsetContext}. */
export function useClockOffset(): number {
  return useContext(ClockOffsetContext);
}

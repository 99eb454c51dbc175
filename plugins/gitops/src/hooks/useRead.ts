import { useCallback, useEffect, useRef, useState } from 'react';
import { toError } from '@backstage/errors';

/** Something that is read from the portal once, and again when asked for. */
export interface Reading<T> {
  /** What was read last; stays while it is read again. */
  value?: T;
  error?: Error;
  /** Reads it now; resolves when the answer is on the page. */
  readAgain: () => Promise<void>;
}

/** @param read - Must keep its identity as long as it reads the same thing */
export function useRead<T>(
  read: (signal: AbortSignal) => Promise<T>,
): Reading<T> {
  const [state, setState] = useState<{ value?: T; error?: Error }>({});
  const current = useRef<AbortController | null>(null);
  const readAgain = useCallback(async () => {
    current.current?.abort();
    const call = new AbortController();
    current.current = call;
    try {
      const value = await read(call.signal);
      if (!call.signal.aborted) {
        setState({ value });
      }
    } catch (thrown) {
      if (!call.signal.aborted) {
        setState(({ value }) => ({ value, error: toError(thrown) }));
      }
    }
  }, [read]);
  useEffect(() => {
    void readAgain();
    return () => current.current?.abort();
  }, [readAgain]);
  return { ...state, readAgain };
}

import { useCallback, useEffect, useRef, useState } from 'react';
import { toError } from '@backstage/errors';
import type { Page } from '@backstage-gitops/plugin-gitops-common';

/** A list that is read page by page. */
export interface Pages<T> {
  items: T[];
  loading: boolean;
  error?: Error;
  hasMore: boolean;
  /** Reads the next page, or the failed one again. */
  more: () => void;
}

/**
 * Reads the first page when mounted and the following ones on request.
 *
 * @param read - must keep its identity as long as it reads the same list
 */
export function usePages<T>(
  read: (options: { cursor?: string; signal: AbortSignal }) => Promise<Page<T>>,
): Pages<T> {
  const [state, setState] = useState<{
    items: T[];
    cursor?: string;
    loading: boolean;
    error?: Error;
  }>({ items: [], loading: true });
  const abort = useRef<AbortController | null>(null);

  const load = useCallback(
    async (cursor: string | undefined) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      setState(before => ({ ...before, loading: true, error: undefined }));
      try {
        const page = await read({ cursor, signal: controller.signal });
        if (controller.signal.aborted) {
          return;
        }
        setState(before => ({
          items: cursor ? [...before.items, ...page.items] : page.items,
          cursor: page.nextCursor,
          loading: false,
        }));
      } catch (thrown) {
        if (!controller.signal.aborted) {
          const error = toError(thrown);
          setState(before => ({ ...before, loading: false, error }));
        }
      }
    },
    [read],
  );

  useEffect(() => {
    void load(undefined);
    return () => abort.current?.abort();
  }, [load]);

  return {
    items: state.items,
    loading: state.loading,
    error: state.error,
    hasMore: state.cursor !== undefined,
    more: () => void load(state.cursor),
  };
}

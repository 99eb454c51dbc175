import { useCallback, useEffect, useRef, useState } from 'react';
import { toError } from '@backstage/errors';
import type { Page } from '@backstage-gitops/plugin-gitops-common';

/** A list that is read page by page from its newest end. */
export interface Pages<T> {
  items: T[];
  loading: boolean;
  error?: Error;
  hasMore: boolean;
  /** Reads the next page, or the failed one again. */
  more: () => void;
}

interface State<T> {
  items: T[];
  cursor?: string;
  loading: boolean;
  error?: Error;
}

/**
 * Reads the first page when mounted and the following ones on request. A new
 * version has the first page read again, while everything stays on screen.
 *
 * @param read - must keep its identity as long as it reads the same list
 * @param version - of what the list is about
 */
export function usePages<T extends { id: string }>(
  read: (options: { cursor?: string; signal: AbortSignal }) => Promise<Page<T>>,
  version: number,
): Pages<T> {
  const [state, setState] = useState<State<T>>({ items: [], loading: true });
  const abort = useRef<AbortController | null>(null);

  const load = useCallback(
    async (cursor: string | undefined) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      setState(before => ({ ...before, loading: true, error: undefined }));
      try {
        const page = await read({ cursor, signal: controller.signal });
        if (!controller.signal.aborted) {
          setState(before =>
            cursor === undefined ? renew(before, page) : append(before, page),
          );
        }
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
  }, [load, version]);

  const { items, loading, error, cursor } = state;
  return {
    items,
    loading,
    error,
    hasMore: cursor !== undefined,
    more: () => void load(cursor),
  };
}

function append<T extends { id: string }>(
  { items }: State<T>,
  page: Page<T>,
): State<T> {
  const known = new Set(items.map(({ id }) => id));
  return {
    items: [...items, ...page.items.filter(({ id }) => !known.has(id))],
    cursor: page.nextCursor,
    loading: false,
  };
}

/** Puts a first page over what is known; starts anew where the two do not meet. */
function renew<T extends { id: string }>(
  { items, cursor }: State<T>,
  page: Page<T>,
): State<T> {
  const fresh = new Set(page.items.map(({ id }) => id));
  const meet = items.some(({ id }) => fresh.has(id));
  return meet
    ? {
        items: [...page.items, ...items.filter(({ id }) => !fresh.has(id))],
        cursor,
        loading: false,
      }
    : { items: page.items, cursor: page.nextCursor, loading: false };
}

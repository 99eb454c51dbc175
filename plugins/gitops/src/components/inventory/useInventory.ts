import { useCallback, useEffect, useRef, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type { InventoryDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';

/** What was read of an environment in its cluster. */
export interface InventoryView {
  /** The newest answer; stays while it is read again. */
  inventory?: InventoryDocument;
  reading: boolean;
  error?: Error;
  refresh: () => void;
}

/** Changes come in bursts; the cluster is asked once for all of them. */
const SETTLE_MS = 1_500;

/**
 * Reads an environment in its cluster, and again when the project has changed.
 *
 * @param version - of the project
 */
export function useInventory(
  slug: string,
  environment: string,
  version: number,
): InventoryView {
  const gitopsApi = useApi(gitopsApiRef);
  const [state, setState] = useState<Omit<InventoryView, 'refresh'>>({
    reading: true,
  });
  const abort = useRef<AbortController | null>(null);
  const readVersion = useRef<number>();

  const read = useCallback(async () => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setState(before => ({ ...before, reading: true }));
    try {
      const inventory = await gitopsApi.getInventory(slug, environment, {
        signal: controller.signal,
      });
      if (!controller.signal.aborted) {
        setState({ inventory, reading: false });
      }
    } catch (thrown) {
      if (!controller.signal.aborted) {
        const error = toError(thrown);
        setState(before => ({ ...before, reading: false, error }));
      }
    }
  }, [gitopsApi, slug, environment]);

  useEffect(() => {
    readVersion.current = undefined;
    setState({ reading: true });
    void read();
    return () => abort.current?.abort();
  }, [read]);

  useEffect(() => {
    if (readVersion.current === undefined || readVersion.current === version) {
      readVersion.current = version;
      return undefined;
    }
    readVersion.current = version;
    const timer = setTimeout(() => void read(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [version, read]);

  const refresh = useCallback(() => void read(), [read]);
  return { ...state, refresh };
}

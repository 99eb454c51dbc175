import { useCallback, useEffect, useMemo } from 'react';
import {
  type Entity,
  parseEntityRef,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { useApi } from '@backstage/core-plugin-api';
import type { DiscoveredDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useRead } from '../../hooks/useRead';
import { useTick } from '../../hooks/useTick';
import {
  type ClusterKnowledge,
  clusterKnowledge,
} from '../../presentation/clusterKnowledge';

/** Between reads: nobody sends signals about what no project owns. */
const POLL_MS = 10_000;

/** The objects an entity points to, with how much of it still holds. */
export interface DiscoveredView {
  document?: DiscoveredDocument;
  clusters: Map<string, ClusterKnowledge>;
  /** Portal clock minus browser clock, in milliseconds. */
  clockOffset: number;
  error?: Error;
  refresh: () => Promise<void>;
}

/** Reads them again and again while the page is looked at. */
export function useDiscovered(entity: Entity): DiscoveredView {
  const gitopsApi = useApi(gitopsApiRef);
  const entityRef = stringifyEntityRef(entity);
  const read = useCallback(
    async (signal: AbortSignal) => {
      const reference = parseEntityRef(entityRef);
      const document = await gitopsApi.getDiscovered(reference, { signal });
      return { document, answeredAt: Date.now() };
    },
    [gitopsApi, entityRef],
  );
  const { value, error, readAgain } = useRead(read);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== 'hidden') {
        void readAgain();
      }
    };
    const timer = setInterval(look, POLL_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [readAgain]);

  const tick = useTick(5_000);
  return useMemo(() => {
    if (!value) {
      return { clusters: new Map(), clockOffset: 0, error, refresh: readAgain };
    }
    const { document: answer, answeredAt } = value;
    const clockOffset = Date.parse(answer.serverTime) - answeredAt;
    const project = { ...answer, environments: [], sources: answer.discovered };
    return {
      document: answer,
      clusters: clusterKnowledge(
        { error, answeredAt, clockOffset, project },
        Date.now(),
      ),
      clockOffset,
      error,
      refresh: readAgain,
    };
    // Time passes by itself: the tick stands for it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [value, error, readAgain, tick]);
}

import { useMemo } from 'react';
import { parseEntityRef } from '@backstage/catalog-model';
import { useRouteRef } from '@backstage/core-plugin-api';
import {
  entityRouteParams,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';

/** Where entities and their tab are; undefined where there is no way to tell. */
export interface EntityLinks {
  entity: (reference: string) => string | undefined;
  tab: (reference: string) => string | undefined;
  environment: (reference: string, environment: string) => string | undefined;
}

/** @param tabPath - Path of the GitOps tab on entity pages, with a leading slash */
export function useEntityLinks(tabPath: string): EntityLinks {
  const entityRoute = useRouteRef(entityRouteRef);
  return useMemo(() => {
    function entity(reference: string): string | undefined {
      try {
        return entityRoute(
          entityRouteParams(parseEntityRef(reference), { encodeParams: true }),
        );
      } catch {
        return undefined; // A reference that cannot be read leads nowhere.
      }
    }
    function tab(reference: string): string | undefined {
      const page = entity(reference);
      return page && `${page}${tabPath}`;
    }
    return {
      entity,
      tab,
      environment: (reference, environment) => {
        const page = tab(reference);
        return page && `${page}?${new URLSearchParams({ environment })}`;
      },
    };
  }, [entityRoute, tabPath]);
}

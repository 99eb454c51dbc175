import { useMemo } from 'react';
import { parseEntityRef } from '@backstage/catalog-model';
import { useRouteRef } from '@backstage/core-plugin-api';
import {
  entityRouteParams,
  entityRouteRef,
  humanizeEntityRef,
} from '@backstage/plugin-catalog-react';
import { useHref } from 'react-router-dom';

/** Addresses of entities and their tab; undefined where there is no way to tell. */
export interface EntityLinks {
  /** The page of an owner, and how it is called. */
  owner: (reference: string) => { name: string; href: string | undefined };
  tab: (reference: string) => string | undefined;
  /** @param tab - What `tab` gave for the component */
  environment: (
    tab: string | undefined,
    environment: string,
  ) => string | undefined;
}

/** @param tabPath - Path of the GitOps tab on entity pages, with a leading slash */
export function useEntityLinks(tabPath: string): EntityLinks {
  const entityRoute = useRouteRef(entityRouteRef);
  const base = useHref('/').replace(/\/$/, '');
  return useMemo(() => {
    function page(reference: string): string | undefined {
      try {
        return `${base}${entityRoute(
          entityRouteParams(parseEntityRef(reference), { encodeParams: true }),
        )}`;
      } catch {
        return undefined; // A reference that cannot be read leads nowhere.
      }
    }
    // A few teams own all of the projects.
    const owners = new Map<string, ReturnType<EntityLinks['owner']>>();
    return {
      owner: reference => {
        const owner = owners.get(reference) ?? {
          name: ownerName(reference),
          href: page(reference),
        };
        owners.set(reference, owner);
        return owner;
      },
      tab: reference => {
        const component = page(reference);
        return component && `${component}${tabPath}`;
      },
      environment: (tab, environment) =>
        tab && `${tab}?environment=${encodeURIComponent(environment)}`,
    };
  }, [entityRoute, tabPath, base]);
}

/** How an owner is called, without what goes without saying. */
export function ownerName(reference: string): string {
  try {
    return humanizeEntityRef(parseEntityRef(reference), {
      defaultKind: 'group',
      defaultNamespace: 'default',
    });
  } catch {
    return reference; // Typed into the address by hand.
  }
}

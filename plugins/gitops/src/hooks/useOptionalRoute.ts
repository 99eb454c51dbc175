import {
  type RouteRef,
  type SubRouteRef,
  useRouteRef,
} from '@backstage/core-plugin-api';

/**
 * Path of a page of this plugin; undefined in portals that have switched it off.
 */
export function useOptionalRoute(
  routeRef: RouteRef<undefined> | SubRouteRef<undefined>,
): string | undefined {
  try {
    return useRouteRef(routeRef as RouteRef<undefined>)();
  } catch {
    return undefined;
  }
}

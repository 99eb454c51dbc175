import { useEffect, useState } from 'react';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import { useApi } from '@backstage/core-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { ENTITY_PROJECT_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import type { FleetFilter } from './FleetFilter';
import type { FleetSnapshot } from './FleetFeed';
import { useStable } from './useStable';

/** What the filters offer. */
export interface FilterChoices {
  /** Full references. */
  owner: string[];
  cluster: string[];
  environment: string[];
}

/**
 * Owners are those of everything under GitOps in the catalog; clusters and
 * environments those that have been seen since the page was opened. What is
 * chosen is always among them.
 */
export function useFilterChoices(
  filter: FleetFilter,
  { rows, clusters }: FleetSnapshot,
): FilterChoices {
  const catalogApi = useApi(catalogApiRef);
  const [owners, setOwners] = useState<string[]>([]);
  const [seen, setSeen] = useState<Omit<FilterChoices, 'owner'>>({
    cluster: [],
    environment: [],
  });

  useEffect(() => {
    let current = true;
    catalogApi
      .getEntityFacets({
        filter: {
          [`metadata.annotations.${ENTITY_PROJECT_ANNOTATION}`]:
            CATALOG_FILTER_EXISTS,
        },
        facets: ['relations.ownedBy'],
      })
      .then(
        ({ facets }) =>
          current &&
          setOwners(
            (facets['relations.ownedBy'] ?? []).map(({ value }) => value),
          ),
        // The owners on the page are offered all the same.
        () => undefined,
      );
    return () => {
      current = false;
    };
  }, [catalogApi]);

  useEffect(() => {
    const environments = rows.flatMap(row => row.environments);
    setSeen(known => {
      const cluster = union(
        known.cluster,
        environments.map(each => each.cluster),
        clusters?.map(({ name }) => name) ?? [],
      );
      const environment = union(
        known.environment,
        environments.map(({ name }) => name),
      );
      const news =
        cluster.length > known.cluster.length ||
        environment.length > known.environment.length;
      return news ? { cluster, environment } : known;
    });
  }, [rows, clusters]);

  return useStable({
    owner: union(
      owners,
      rows.map(({ ownerRef }) => ownerRef),
      filter.owner,
    ),
    cluster: union(seen.cluster, filter.cluster),
    environment: union(seen.environment, filter.environment),
  });
}

function union(...lists: string[][]): string[] {
  return [...new Set(lists.flat())].sort((a, b) => a.localeCompare(b));
}

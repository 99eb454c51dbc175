import { useEffect, useState } from 'react';
import {
  identityApiRef,
  useApi,
  useApiHolder,
} from '@backstage/core-plugin-api';
import { starredEntitiesApiRef } from '@backstage/plugin-catalog-react';
import type { Viewer } from './FleetFilter';

/** Who looks; parts are undefined until they are known. */
export function useViewer(): Partial<Viewer> {
  const identityApi = useApi(identityApiRef);
  const starredApi = useApiHolder().get(starredEntitiesApiRef);
  const [ownership, setOwnership] = useState<string[]>();
  const [starred, setStarred] = useState<string[]>();

  useEffect(() => {
    let current = true;
    identityApi.getBackstageIdentity().then(
      identity => current && setOwnership(identity.ownershipEntityRefs),
      // Nobody in particular owns nothing in particular.
      () => current && setOwnership([]),
    );
    return () => {
      current = false;
    };
  }, [identityApi]);

  useEffect(() => {
    if (!starredApi) {
      setStarred([]);
      return undefined;
    }
    const subscription = starredApi
      .starredEntitie$()
      .subscribe(references => setStarred([...references]));
    return () => subscription.unsubscribe();
  }, [starredApi]);

  return { ownership, starred };
}

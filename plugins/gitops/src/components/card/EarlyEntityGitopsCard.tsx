import { lazy } from 'react';
import { useEntity } from '@backstage/plugin-catalog-react';
import { useProjectFeed } from '../../hooks/useProjectFeed';

const EntityGitopsCard = lazy(() =>
  import('./EntityGitopsCard').then(module => ({
    default: module.EntityGitopsCard,
  })),
);

/**
 * Card for an entity page: every environment of the component with its state,
 * commit, age and what is wrong. Reads the entity from the catalog's context.
 *
 * Itself only asks for the project, while the code of the card is on its way: an
 * entity page draws its cards in rounds until all have their code, and what is asked
 * for in the first of them is there in the last.
 */
export function EarlyEntityGitopsCard() {
  const { entity } = useEntity();
  useProjectFeed(entity);
  return <EntityGitopsCard />;
}

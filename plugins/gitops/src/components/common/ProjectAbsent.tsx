import type { Entity } from '@backstage/catalog-model';
import { Text } from '@backstage/ui';
import { RiGitRepositoryLine } from '@remixicon/react';
import { ENTITY_PROJECT_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './panels.module.css';

export interface ProjectAbsentProps {
  entity: Entity;
}

/** No project, or none the user may see: the two look the same on purpose. */
export function ProjectAbsent({ entity }: ProjectAbsentProps) {
  const t = useGitopsTranslation();
  const slug =
    entity.metadata.annotations?.[ENTITY_PROJECT_ANNOTATION] ??
    entity.metadata.name;
  return (
    <div className={styles.empty}>
      <RiGitRepositoryLine className={styles.emptyIcon} aria-hidden />
      <Text as="p" weight="bold">
        {t('page.absentTitle')}
      </Text>
      <Text as="p" variant="body-small" color="secondary">
        {t('page.absentDescription', { slug })}
      </Text>
    </div>
  );
}

import type { ComponentType, ReactNode } from 'react';
import { Text } from '@backstage/ui';
import styles from './panels.module.css';

export interface EmptyStateProps {
  icon: ComponentType<{ className?: string }>;
  title: string;
  description: string;
  action?: ReactNode;
}

/** In the place of content that is not there: why not, and what to do. */
export function EmptyState(props: EmptyStateProps) {
  const { icon: Icon, title, description, action } = props;
  return (
    <div className={styles.empty}>
      <span aria-hidden>
        <Icon className={styles.emptyIcon} />
      </span>
      <Text as="p" weight="bold">
        {title}
      </Text>
      <Text as="p" variant="body-small" color="secondary">
        {description}
      </Text>
      {action}
    </div>
  );
}

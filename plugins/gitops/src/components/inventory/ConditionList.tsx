import { Text } from '@backstage/ui';
import type {
  FluxCondition,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { RelativeTime } from '../common/RelativeTime';
import styles from './inventory.module.css';

export interface ConditionListProps {
  conditions: FluxCondition[];
  resource: ResourceStateDocument | undefined;
}

/** The conditions of a Kustomization as the controller wrote them. */
export function ConditionList({ conditions, resource }: ConditionListProps) {
  const t = useGitopsTranslation();
  if (conditions.length === 0) {
    return (
      <Text as="p" color="secondary">
        {t('inventory.noConditions')}
      </Text>
    );
  }
  return (
    <ul
      className={styles.events}
      aria-label={`${t('inventory.conditions')} ${resource?.name ?? ''}`.trim()}
    >
      {conditions.map(
        ({ type, status, reason, message, lastTransitionTime }) => (
          <li key={type} className={styles.condition}>
            <div className={styles.conditionHeader}>
              <strong>{type}</strong>
              <code>{status}</code>
              <span className={styles.meta}>
                {reason}
                {lastTransitionTime && (
                  <>
                    {' · '}
                    {t('inventory.changed', {
                      time: <RelativeTime time={lastTransitionTime} />,
                    })}
                  </>
                )}
              </span>
            </div>
            {message && <p className={styles.text}>{message}</p>}
          </li>
        ),
      )}
    </ul>
  );
}

import { memo } from 'react';
import { ToggleButton, VisuallyHidden } from '@backstage/ui';
import {
  type ResourceStatus,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { StateBadge } from '../state/StateBadge';
import styles from './fleet.module.css';

/** What needs somebody comes first, what is well comes last. */
const ORDER: ResourceStatus[] = [
  'failed',
  'stalled',
  'missing',
  'terminating',
  'unknown',
  'suspended',
  'reconciling',
  'pending',
  'ready',
];

export interface StateChipsProps {
  counts: Partial<Record<ResourceStatus, number>>;
  chosen: ResourceStatus[];
  onChange: (chosen: ResourceStatus[]) => void;
}

/** How many environments are in which state; each one narrows the page to it. */
export const StateChips = memo(function StateChipGroup(props: StateChipsProps) {
  const { counts, chosen, onChange } = props;
  const t = useGitopsTranslation();
  const shown = ORDER.filter(
    status => counts[status] || chosen.includes(status),
  );
  return (
    <div className={styles.chips} role="group" aria-label={t('fleet.states')}>
      {shown.map(status => {
        const count = counts[status] ?? 0;
        return (
          <ToggleButton
            key={status}
            className={styles.chip}
            isSelected={chosen.includes(status)}
            onChange={selected =>
              onChange(
                resourceStatusSchema.options.filter(each =>
                  each === status ? selected : chosen.includes(each),
                ),
              )
            }
          >
            <StateBadge state={{ status, muted: false }} />
            <span className={styles.count} aria-hidden>
              {count}
            </span>{' '}
            <VisuallyHidden>{t('fleet.stateCount', { count })}</VisuallyHidden>
          </ToggleButton>
        );
      })}
    </div>
  );
});

import type { ComponentType } from 'react';
import {
  RiAlertLine,
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiDeleteBinLine,
  RiFileUnknowLine,
  RiLoader4Line,
  RiPauseCircleLine,
  RiQuestionLine,
  RiTimeLine,
} from '@remixicon/react';
import type { ResourceStatus } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ShownState } from '../../presentation/shownState';
import { Badge, type BadgeTone } from './Badge';
import styles from './state.module.css';

const LOOKS: Record<
  ResourceStatus,
  { tone: BadgeTone; icon: ComponentType<{ className?: string }> }
> = {
  pending: { tone: 'neutral', icon: RiTimeLine },
  reconciling: { tone: 'progress', icon: RiLoader4Line },
  ready: { tone: 'positive', icon: RiCheckboxCircleLine },
  stalled: { tone: 'negative', icon: RiAlertLine },
  failed: { tone: 'negative', icon: RiCloseCircleLine },
  suspended: { tone: 'neutral', icon: RiPauseCircleLine },
  terminating: { tone: 'warning', icon: RiDeleteBinLine },
  missing: { tone: 'negative', icon: RiFileUnknowLine },
  unknown: { tone: 'neutral', icon: RiQuestionLine },
};

export interface StateBadgeProps {
  state: Pick<ShownState, 'status' | 'muted' | 'settled'>;
}

/**
 * A state as icon, word and colour; muted where it is not known to hold now.
 * While work is under way the last outcome stays, with the work beside it.
 */
export function StateBadge({ state }: StateBadgeProps) {
  const { status, muted, settled } = state;
  if (!settled) {
    return <OneState status={status} muted={muted} />;
  }
  return (
    <span className={styles.badges}>
      <OneState status={settled} muted={muted} />
      <OneState status={status} muted={muted} />
    </span>
  );
}

function OneState({
  status,
  muted,
}: {
  status: ResourceStatus;
  muted: boolean;
}) {
  const t = useGitopsTranslation();
  const { tone, icon } = LOOKS[status];
  return (
    <Badge
      tone={tone}
      icon={icon}
      muted={muted}
      spins={status === 'reconciling'}
    >
      {t(`state.${status}`)}
    </Badge>
  );
}

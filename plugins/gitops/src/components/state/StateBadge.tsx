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
import styles from './state.module.css';

type Tone = 'positive' | 'negative' | 'warning' | 'progress' | 'neutral';

const LOOKS: Record<
  ResourceStatus,
  { tone: Tone; icon: ComponentType<{ className?: string }>; spins?: boolean }
> = {
  pending: { tone: 'neutral', icon: RiTimeLine },
  reconciling: { tone: 'progress', icon: RiLoader4Line, spins: true },
  ready: { tone: 'positive', icon: RiCheckboxCircleLine },
  stalled: { tone: 'negative', icon: RiAlertLine },
  failed: { tone: 'negative', icon: RiCloseCircleLine },
  suspended: { tone: 'neutral', icon: RiPauseCircleLine },
  terminating: { tone: 'warning', icon: RiDeleteBinLine },
  missing: { tone: 'negative', icon: RiFileUnknowLine },
  unknown: { tone: 'neutral', icon: RiQuestionLine },
};

export interface StateBadgeProps {
  state: Pick<ShownState, 'status' | 'muted'>;
}

/** A state as icon, word and colour; muted where it is not known to hold now. */
export function StateBadge({ state }: StateBadgeProps) {
  const t = useGitopsTranslation();
  const { tone, icon: Icon, spins } = LOOKS[state.status];
  return (
    <span
      className={styles.badge}
      data-tone={state.muted ? 'neutral' : tone}
      data-muted={state.muted || undefined}
    >
      <span
        className={styles.icon}
        data-spins={(spins && !state.muted) || undefined}
        aria-hidden
      >
        <Icon className={styles.glyph} />
      </span>
      {t(`state.${state.status}`)}
    </span>
  );
}

import type { ComponentType } from 'react';
import { VisuallyHidden } from '@backstage/ui';
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
import { Badge, type BadgeTone } from './Badge';

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

export interface StateMarkProps {
  status: ResourceStatus;
  /** Not known to hold now. */
  muted: boolean;
  /** The state, in the language of the page. */
  word: string;
  /** The word is for screen readers, and for who points at the icon. */
  iconOnly?: boolean;
  /** Turns while work is under way; in long lists it would keep the page drawing. */
  spins?: boolean;
}

/** One state as icon, word and colour. */
export function StateMark({
  status,
  muted,
  word,
  iconOnly,
  spins,
}: StateMarkProps) {
  const { tone, icon } = LOOKS[status];
  return (
    <Badge
      tone={tone}
      icon={icon}
      muted={muted}
      spins={spins && status === 'reconciling'}
      title={iconOnly ? word : undefined}
    >
      {iconOnly ? <VisuallyHidden>{word}</VisuallyHidden> : word}
    </Badge>
  );
}

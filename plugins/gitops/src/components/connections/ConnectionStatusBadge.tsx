import type { ComponentType } from 'react';
import {
  RiAlertLine,
  RiCheckboxCircleLine,
  RiForbidLine,
  RiTimeLine,
} from '@remixicon/react';
import type { ConnectionStatus } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { Badge, type BadgeTone } from '../state/Badge';

const LOOKS: Record<
  ConnectionStatus,
  { tone: BadgeTone; icon: ComponentType<{ className?: string }> }
> = {
  active: { tone: 'positive', icon: RiCheckboxCircleLine },
  expired: { tone: 'warning', icon: RiTimeLine },
  revoked: { tone: 'negative', icon: RiForbidLine },
  'reconnect-needed': { tone: 'warning', icon: RiAlertLine },
};

export interface ConnectionStatusBadgeProps {
  status: ConnectionStatus;
}

/** Whether a connection can be used, as icon, word and colour. */
export function ConnectionStatusBadge({ status }: ConnectionStatusBadgeProps) {
  const t = useGitopsTranslation();
  return <Badge {...LOOKS[status]}>{t(`connections.status.${status}`)}</Badge>;
}

import { lazy, Suspense, useState } from 'react';
import {
  Accordion,
  AccordionPanel,
  AccordionTrigger,
  Skeleton,
} from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';

const Timeline = lazy(() =>
  import('./Timeline').then(module => ({ default: module.Timeline })),
);

export interface HistorySectionProps {
  project: ProjectDocument;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** What happened to the project, read only when somebody opens it. */
export function HistorySection({
  project,
  isOpen,
  onOpenChange,
}: HistorySectionProps) {
  const t = useGitopsTranslation();
  const [isTarget] = useState(isOpen);
  return (
    <Accordion isExpanded={isOpen} onExpandedChange={onOpenChange}>
      <AccordionTrigger
        title={t('history.title')}
        subtitle={t('history.subtitle')}
      />
      <AccordionPanel>
        {isOpen && (
          <Suspense fallback={<Skeleton width="100%" height={120} />}>
            <Timeline project={project} isTarget={isTarget} />
          </Suspense>
        )}
      </AccordionPanel>
    </Accordion>
  );
}

import { lazy, Suspense, useState } from 'react';
import {
  Accordion,
  AccordionPanel,
  AccordionTrigger,
  Skeleton,
} from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useDeadline } from '../common/RelativeTime';

const CredentialPanel = lazy(() =>
  import('./CredentialPanel').then(module => ({
    default: module.CredentialPanel,
  })),
);

export interface CredentialSectionProps {
  project: ProjectDocument;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** What Flux reads the repository with: one line at once, the rest when it is opened. */
export function CredentialSection({
  project,
  isOpen,
  onOpenChange,
}: CredentialSectionProps) {
  const t = useGitopsTranslation();
  const { credential } = project;
  const [isTarget] = useState(isOpen);
  const expires = useDeadline(credential?.expiresAt);
  const parts = credential && [
    t(`credentials.kind.${credential.authType}`),
    t(`credentials.status.${credential.validationStatus}`),
    // What has expired says so already.
    credential.validationStatus !== 'expired' &&
      expires &&
      t('credentials.expires', { time: expires }),
  ];
  return (
    <Accordion isExpanded={isOpen} onExpandedChange={onOpenChange}>
      <AccordionTrigger
        title={t('credentials.title')}
        subtitle={parts?.filter(Boolean).join(' · ')}
      />
      <AccordionPanel>
        {isOpen && (
          <Suspense fallback={<Skeleton width="100%" height={120} />}>
            <CredentialPanel project={project} isTarget={isTarget} />
          </Suspense>
        )}
      </AccordionPanel>
    </Accordion>
  );
}

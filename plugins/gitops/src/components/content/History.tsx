import { useState } from 'react';
import { Accordion, AccordionPanel, AccordionTrigger } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './content.module.css';
import { DeploymentList } from './DeploymentList';
import { EventList } from './EventList';

export interface HistoryProps {
  project: ProjectDocument;
}

/** Deployments and events, read only when somebody opens them. */
export function History({ project }: HistoryProps) {
  const t = useGitopsTranslation();
  const [deployments, setDeployments] = useState(false);
  const [events, setEvents] = useState(false);
  return (
    <div className={styles.history}>
      <Accordion isExpanded={deployments} onExpandedChange={setDeployments}>
        <AccordionTrigger title={t('history.deployments')} />
        <AccordionPanel>
          {deployments && <DeploymentList project={project} />}
        </AccordionPanel>
      </Accordion>
      <Accordion isExpanded={events} onExpandedChange={setEvents}>
        <AccordionTrigger title={t('history.events')} />
        <AccordionPanel>
          {events && <EventList project={project} />}
        </AccordionPanel>
      </Accordion>
    </div>
  );
}

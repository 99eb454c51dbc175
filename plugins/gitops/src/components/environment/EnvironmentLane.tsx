import { Text } from '@backstage/ui';
import type {
  EnvironmentDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { diagnosisText } from '../../presentation/backendText';
import { shownState } from '../../presentation/shownState';
import { stateNotes } from '../../presentation/stateNotes';
import { NoteList } from '../state/NoteList';
import { StateBadge } from '../state/StateBadge';
import { CommitPath } from './CommitPath';
import { EnvironmentActions } from './EnvironmentActions';
import styles from './environment.module.css';

export interface EnvironmentLaneProps {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  knowledge: ClusterKnowledge | undefined;
  view: ProjectView;
  /** Whether the page tells elsewhere what is wrong with it. */
  isExplained: boolean;
  onDetails: (environment: string) => void;
}

/** One stage of the pipeline: the way a commit takes into it, on one line. */
export function EnvironmentLane({
  project,
  environment,
  knowledge,
  view,
  isExplained,
  onDetails,
}: EnvironmentLaneProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { resource, displayName, namespace, cluster } = environment;
  const source = project.sources.find(each => each.cluster === cluster);
  const state = shownState(resource, knowledge);
  // What was wrong before contact was lost may not be wrong any more.
  const current = knowledge?.trust !== 'old';
  const notes = current && resource ? stateNotes(resource, t, locale) : [];
  return (
    <li className={styles.lane} aria-label={displayName}>
      <div className={styles.header}>
        <div className={styles.title}>
          <Text as="h3" variant="body-large" weight="bold">
            {displayName}
          </Text>
          <StateBadge state={state} />
          <span className={styles.where}>
            {t('pipeline.where', { namespace, cluster })}
          </span>
        </div>
        <EnvironmentActions
          project={project}
          environment={environment}
          source={source}
          knowledge={knowledge}
          view={view}
          onDetails={() => onDetails(environment.name)}
        />
      </div>
      <CommitPath
        environment={environment}
        source={source}
        state={state}
        knowledge={knowledge}
        project={project}
      />
      {current && resource?.diagnosis && !isExplained && (
        <p className={styles.cause}>
          {diagnosisText(resource.diagnosis, 'cause', t, locale)}
        </p>
      )}
      <NoteList notes={notes} />
      {current &&
        !resource?.diagnosis &&
        resource?.message &&
        resource.status !== 'ready' &&
        resource.status !== 'suspended' && (
          <p className={styles.message}>{resource.message}</p>
        )}
    </li>
  );
}

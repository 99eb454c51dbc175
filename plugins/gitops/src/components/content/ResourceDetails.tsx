import type { ReactNode } from 'react';
import type {
  RepositoryDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import type { ShownState } from '../../presentation/shownState';
import { stateNotes } from '../../presentation/stateNotes';
import { CommitLink } from '../common/CommitLink';
import { NoteList } from '../state/NoteList';
import { StateAge } from '../state/StateAge';
import styles from './content.module.css';

export interface ResourceDetailsProps {
  resource: ResourceStateDocument | undefined;
  state: ShownState;
  knowledge: ClusterKnowledge | undefined;
  repository: RepositoryDocument | undefined;
  /** Further terms and descriptions. */
  children?: ReactNode;
}

/** Commit, age, notes and what is wrong with one Flux object, in short. */
export function ResourceDetails({
  resource,
  state,
  knowledge,
  repository,
  children,
}: ResourceDetailsProps) {
  const t = useGitopsTranslation();
  // What was wrong before contact was lost may not be wrong any more.
  const current = knowledge?.trust !== 'old';
  const message = resource?.message;
  return (
    <>
      <dl className={styles.facts}>
        <dt>{t('field.commit')}</dt>
        <dd>
          <CommitLink commit={resource?.commit} repository={repository} />
        </dd>
        <dt>{t('field.since')}</dt>
        <dd>
          {state.since || state.lastKnown || state.status === 'unknown' ? (
            <StateAge state={state} />
          ) : (
            t('field.noTime')
          )}
        </dd>
        {children}
      </dl>
      {!current && knowledge?.error && (
        <NoteList
          notes={[{ id: 'cluster', text: knowledge.error, tone: 'warning' }]}
        />
      )}
      {current && resource && (
        <>
          {resource.diagnosis && (
            <p className={styles.cause}>{resource.diagnosis.cause}</p>
          )}
          <NoteList notes={stateNotes(resource, t)} />
          {!resource.diagnosis && message && resource.status !== 'ready' && (
            <p className={styles.message}>{message}</p>
          )}
        </>
      )}
    </>
  );
}

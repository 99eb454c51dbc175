import type { DiscoveredResourceDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { clusterTrouble } from '../../presentation/clusterTrouble';
import { shortCommit } from '../../presentation/commit';
import { diagnosisText } from '../../presentation/backendText';
import { shownState } from '../../presentation/shownState';
import { stateHeadline } from '../../presentation/stateNotes';
import { stateTags } from '../../presentation/stateTags';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import { TagList } from '../state/TagList';
import styles from './discovered.module.css';

export interface DiscoveredRowProps {
  resource: DiscoveredResourceDocument;
  knowledge: ClusterKnowledge | undefined;
}

/** An object of somebody else: its state, and what to do where it is in trouble. */
export function DiscoveredRow({ resource, knowledge }: DiscoveredRowProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { kind, name, namespace, cluster, commit, revision } = resource;
  const state = shownState(resource, knowledge);
  const current = knowledge?.trust !== 'old';
  const trouble = knowledge && clusterTrouble(knowledge, t, locale);
  const line = current
    ? stateHeadline(resource, t, locale)
    : trouble && { text: trouble, tone: 'warning' as const };
  const tags = current
    ? stateTags(resource, t).filter(({ text }) => text !== (line && line.text))
    : [];
  const diagnosis = current ? resource.diagnosis : undefined;
  return (
    <li className={styles.row} aria-label={`${kind} ${name}`}>
      <span className={styles.name}>
        {name} <span className={styles.kind}>{kind}</span>
      </span>
      <span className={styles.state}>
        <StateBadge state={state} />
      </span>
      <span className={styles.age}>
        <StateAge state={state} />
      </span>
      <span className={styles.where}>
        {t('pipeline.where', { namespace, cluster })}
        {revision && (
          <>
            {' · '}
            <code title={revision}>
              {commit ? shortCommit(commit) : revision}
            </code>
          </>
        )}
      </span>
      {(line || tags.length > 0) && (
        <div className={styles.notes}>
          {line && (
            <p className={styles.line} data-tone={line.tone}>
              {line.text}
            </p>
          )}
          {diagnosis && (
            <details className={styles.more}>
              <summary>{t('diagnosis.nextStep')}</summary>
              <p>{diagnosisText(diagnosis, 'nextStep', t, locale)}</p>
              {diagnosis.command && <code>{diagnosis.command}</code>}
              {(diagnosis.message ?? resource.message) && (
                // A keyboard has to be able to scroll it.
                // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
                <pre tabIndex={0}>{diagnosis.message ?? resource.message}</pre>
              )}
            </details>
          )}
          <TagList tags={tags} />
        </div>
      )}
    </li>
  );
}

import type {
  EnvironmentDocument,
  RepositoryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shownState } from '../../presentation/shownState';
import { stateHeadline } from '../../presentation/stateNotes';
import { stateTags } from '../../presentation/stateTags';
import { CommitLink } from '../common/CommitLink';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import { TagList } from '../state/TagList';
import styles from './card.module.css';

export interface EnvironmentRowProps {
  environment: EnvironmentDocument;
  repository: RepositoryDocument | undefined;
  knowledge: ClusterKnowledge | undefined;
}

/** One environment: what it is at, whose commit that is, and what to know about it. */
export function EnvironmentRow({
  environment,
  repository,
  knowledge,
}: EnvironmentRowProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { resource } = environment;
  const state = shownState(resource, knowledge);
  const current = knowledge?.trust !== 'old';
  const line =
    current && resource ? stateHeadline(resource, t, locale) : undefined;
  // What the line says in full needs no short word.
  const tags =
    current && resource
      ? stateTags(resource, t).filter(({ text }) => text !== line?.text)
      : [];
  const { title, author } = resource?.commitInfo ?? {};
  return (
    <li className={styles.row} aria-label={environment.displayName}>
      <span className={styles.name}>{environment.displayName}</span>
      <span className={styles.state}>
        <StateBadge state={state} />
      </span>
      <span className={styles.commit}>
        {resource && (
          <>
            <CommitLink
              commit={resource.commit}
              repository={repository}
              info={resource.commitInfo}
            />
            {title && (
              <span className={styles.commitTitle} title={title}>
                {title}
              </span>
            )}
            {author && (
              <span className={styles.author}>
                {t('field.author', { author })}
              </span>
            )}
          </>
        )}
      </span>
      <span className={styles.age}>
        {(resource || state.status === 'unknown') && <StateAge state={state} />}
      </span>
      {(line || tags.length > 0) && (
        <div className={styles.notes}>
          {line && (
            <p className={styles.line} data-tone={line.tone} title={line.text}>
              {line.text}
            </p>
          )}
          <TagList tags={tags} />
        </div>
      )}
    </li>
  );
}

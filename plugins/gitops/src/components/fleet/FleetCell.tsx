import type { EnvironmentSummaryDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { clusterTrouble } from '../../presentation/clusterTrouble';
import { shortCommit } from '../../presentation/commit';
import { backendText } from '../../presentation/backendText';
import {
  formatAge,
  formatFullTime,
  formatTime,
} from '../../presentation/formatTime';
import { lastKnownParts } from '../../presentation/lastKnownParts';
import {
  needsAttention,
  type ShownState,
  shownState,
} from '../../presentation/shownState';
import { StateMark } from '../state/StateMark';
import styles from './fleet.module.css';
import type { StageComparison } from './fleetColumns';
import type { FleetWords } from './FleetWords';

export interface FleetCellProps {
  project: string;
  environment: EnvironmentSummaryDocument;
  knowledge: ClusterKnowledge | undefined;
  comparison: StageComparison | undefined;
  /** Where the environment is shown in full. */
  href: string | undefined;
  /** Says the environment's name also where there are columns. */
  named?: boolean;
  words: FleetWords;
}

/** One environment of one project: what state, which commit, since when. */
export function FleetCell(props: FleetCellProps) {
  const { project, environment, knowledge, comparison, href, named, words } =
    props;
  const { name, commit } = environment;
  const state = shownState({ ...environment, attributes: {} }, knowledge);
  const word = words.states[state.status];
  const cause = needsAttention(state.status)
    ? causeOf(environment, knowledge, words)
    : undefined;
  const mark = (
    <StateMark status={state.status} muted={state.muted} word={word} />
  );
  return (
    <>
      <span className={styles.cellName} data-named={named || undefined}>
        {name}
      </span>
      <span className={styles.cellState}>
        {href ? (
          <a
            href={href}
            className={styles.cellLink}
            aria-label={words.open(project, name, word)}
          >
            {mark}
          </a>
        ) : (
          mark
        )}
      </span>
      <span className={styles.cellCommit}>
        {commit && (
          <code className={styles.commit} title={commit}>
            {shortCommit(commit)}
          </code>
        )}
        {comparison && <Difference comparison={comparison} words={words} />}
      </span>
      {cause ? (
        <span className={styles.cause} title={cause}>
          {shortCause(cause)}
        </span>
      ) : (
        <Age state={state} words={words} />
      )}
    </>
  );
}

function Difference({
  comparison,
  words,
}: {
  comparison: StageComparison;
  words: FleetWords;
}) {
  const { relation, before } = comparison;
  const meaning = words.relation(comparison);
  return (
    <span
      className={styles.difference}
      data-relation={relation}
      role="img"
      aria-label={meaning}
      title={meaning}
    >
      {relation === 'same' ? '=' : `≠ ${before}`}
    </span>
  );
}

/** What is wrong: of an environment that cannot be seen, why it cannot. */
function causeOf(
  { status, cause, wording }: EnvironmentSummaryDocument,
  knowledge: ClusterKnowledge | undefined,
  { t, locale }: FleetWords,
): string | undefined {
  const trouble =
    status === 'unknown' && knowledge && clusterTrouble(knowledge, t, locale);
  return trouble || backendText(cause, wording, t, locale);
}

/** The row says which project it is: namespaces before names only take room. */
function shortCause(cause: string): string {
  return cause.replace(/(['„])[a-z0-9-]+\/([^'“/]+)(?=['“])/g, '$1$2');
}

/** Since when a state holds and, where it is not current, what was known before. */
function Age({ state, words }: { state: ShownState; words: FleetWords }) {
  const { t, locale, now } = words;
  const { since, status, asOf } = state;
  const parts = lastKnownParts(
    state,
    t,
    asOf ? formatAge(asOf, now, locale) : '',
  );
  if (since) {
    parts.unshift(
      status === 'unknown'
        ? t('lastKnown.since', { time: formatTime(since, locale) })
        : formatAge(since, now, locale),
    );
  }
  const text = parts.join(', ');
  const full = since && formatFullTime(since, locale);
  return (
    <span
      className={styles.age}
      title={parts.length > 1 ? [text, full].filter(Boolean).join('\n') : full}
    >
      {text}
    </span>
  );
}

import type { Translate } from '../hooks/useGitopsTranslation';
import { commitOfRevision, shortCommit } from './commit';
import { stateNotes, type StateNote, type ToldState } from './stateNotes';

/** What stands beside a state, in a word or two and in a sentence. */
export interface StateTag extends StateNote {
  label: string;
}

/** The attributes of a state as short words, for where there is no room for sentences. */
export function stateTags(resource: ToldState, t: Translate): StateTag[] {
  const labels = tagLabels(resource, t);
  return stateNotes(resource, t).flatMap(note => {
    const label = labels[note.id];
    return label ? [{ ...note, label }] : [];
  });
}

function tagLabels(
  { attributes }: ToldState,
  t: Translate,
): Partial<Record<string, string>> {
  const { behind, healthUnchecked, waitingOn } = attributes;
  return {
    stuck: t('tag.stuck'),
    frozen: t('tag.frozen'),
    overdue: t('tag.overdue'),
    requested: t('tag.requested'),
    final: t('tag.final'),
    retrying: t('tag.retrying'),
    waitingOn: waitingOn && t('tag.waitingOn', { name: waitingOn.name }),
    behind:
      behind &&
      t('tag.behind', { commit: shortCommit(commitOfRevision(behind)) }),
    health:
      healthUnchecked === 'unset'
        ? t('tag.healthUnset')
        : t('tag.healthNothing'),
  };
}

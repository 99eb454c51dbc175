import type { ResourceStateDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import { commitOfRevision, shortCommit } from './commit';
import { diagnosisText } from './backendText';
import { needsAttention } from './shownState';
import { suspensionText } from './suspensionText';

/** A plain sentence about what stands beside a state. */
export interface StateNote {
  id: string;
  text: string;
  tone: 'neutral' | 'warning';
}

/** What of an object is told in words; also of one that no project owns. */
export type ToldState = Pick<
  ResourceStateDocument,
  'status' | 'attributes' | 'diagnosis' | 'message' | 'suspension'
>;

/** Says the attributes of a state in words, most urgent first. */
export function stateNotes(
  resource: ToldState,
  t: Translate,
  locale?: string,
): StateNote[] {
  const { attributes, diagnosis } = resource;
  const notes: StateNote[] = [];
  const add = (tone: StateNote['tone'], id: string, text: string) =>
    notes.push({ id, text, tone });

  if (resource.status === 'suspended') {
    add(
      'neutral',
      'suspension',
      suspensionText(resource.suspension, t, locale),
    );
  }
  if (attributes.stuck) {
    add('warning', 'stuck', t('note.stuck'));
  }
  if (attributes.frozen) {
    add(
      'warning',
      'frozen',
      attributes.waitingOn?.status === 'suspended'
        ? t('note.frozenSuspended')
        : t('note.frozen'),
    );
  }
  if (attributes.overdue) {
    add('warning', 'overdue', t('note.overdue'));
  }
  if (attributes.waitingOn) {
    const {
      kind = 'Kustomization',
      name,
      status,
      cycle,
    } = attributes.waitingOn;
    if (cycle) {
      add('warning', 'waitingOn', t('note.waitingCycle', { kind, name }));
    } else {
      add(
        'neutral',
        'waitingOn',
        t('note.waitingOn', { kind, name, status: t(`state.${status}`) }),
      );
    }
  }
  if (attributes.behind) {
    const commit = shortCommit(commitOfRevision(attributes.behind));
    add('neutral', 'behind', t('note.behind', { commit }));
  }
  if (attributes.requested) {
    add('neutral', 'requested', t('note.requested'));
  }
  if (diagnosis?.final || resource.status === 'stalled') {
    add('warning', 'final', t('note.final'));
  } else if (attributes.retrying) {
    add('neutral', 'retrying', t('note.retrying'));
  }
  if (attributes.healthUnchecked) {
    add(
      'neutral',
      'health',
      attributes.healthUnchecked === 'unset'
        ? t('note.healthUnset')
        : t('note.healthNothing'),
    );
  }
  if (attributes.static) {
    add('neutral', 'static', t('note.static'));
  }
  if (attributes.finalizers?.length) {
    add(
      'neutral',
      'finalizers',
      t('note.finalizers', { finalizers: attributes.finalizers.join(', ') }),
    );
  }
  if (resource.status === 'reconciling' && attributes.stage) {
    add('neutral', 'stage', attributes.stage);
  }
  return notes;
}

/** The one line that explains a state best; undefined when it explains itself. */
export function stateHeadline(
  resource: ToldState,
  t: Translate,
  locale?: string,
): { text: string; tone: StateNote['tone'] | 'negative' } | undefined {
  const { diagnosis, message, status } = resource;
  const tone = needsAttention(status) ? 'negative' : 'neutral';
  if (diagnosis) {
    return { text: diagnosisText(diagnosis, 'cause', t, locale), tone };
  }
  if (tone === 'negative' && message) {
    return { text: message, tone };
  }
  const [note] = stateNotes(resource, t, locale);
  if (note) {
    return note;
  }
  return status !== 'ready' && message ? { text: message, tone } : undefined;
}

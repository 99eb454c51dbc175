import { sayWording } from '@backstage-gitops/plugin-gitops-common';
import type {
  Diagnosis,
  DiagnosisPart,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import { fillMessage } from './fillMessage';
import { formatTime } from './formatTime';

const TIMES = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * Says a sentence of the backend in the reader's language, with the reader's times.
 *
 * @param text - the sentence in English, as the backend says it: stands where the
 * language has no words of its own for it
 * @param wording - absent where the text is that of others, who are quoted as they are
 */
export function backendText<TText extends string | undefined>(
  text: TText,
  wording: Wording | undefined,
  t: Translate,
  locale: string | undefined,
  part?: DiagnosisPart,
): TText | string {
  if (!wording) {
    return text;
  }
  const time = (moment: string) => formatTime(moment, locale);
  const said = sayWording(
    wording,
    { fill: (key, values) => fillMessage(`backend.${key}`, t, values), time },
    part,
  );
  return said ?? (text && text.replace(TIMES, time));
}

/** Says what is wrong, or what to do about it. */
export function diagnosisText(
  diagnosis: Pick<Diagnosis, DiagnosisPart | 'wording'>,
  part: DiagnosisPart,
  t: Translate,
  locale: string | undefined,
): string {
  return backendText(diagnosis[part], diagnosis.wording, t, locale, part);
}

import { sayWording } from '@backstage-gitops/plugin-gitops-common';
import type {
  Diagnosis,
  DiagnosisPart,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import { formatTime } from './formatTime';

/**
 * Says a sentence of the backend in the reader's language.
 *
 * @param text - the sentence as the backend says it: stands where the backend is
 * older or newer than this page, or tells words of others
 */
export function backendText<TText extends string | undefined>(
  text: TText,
  wording: Wording | undefined,
  t: Translate,
  locale: string | undefined,
  part?: DiagnosisPart,
): TText | string {
  const said =
    wording &&
    sayWording(
      wording,
      {
        // Only ids that are among the messages come here.
        fill: (key, values) =>
          (t as (key: string, values: object) => string)(
            `backend.${key}`,
            values,
          ),
        time: time => formatTime(time, locale),
      },
      part,
    );
  return said ?? text;
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

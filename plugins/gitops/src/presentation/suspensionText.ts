import type { SuspensionDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import { formatTime } from './formatTime';
import { userName } from './userName';

/** Who stopped reconciling, why, and until when, in one line. */
export function suspensionText(
  suspension: SuspensionDocument | undefined,
  t: Translate,
  locale?: string,
): string {
  const sentences: string[] = [
    suspension?.by
      ? t('suspension.by', { user: userName(suspension.by) })
      : t('suspension.outside'),
  ];
  if (suspension?.reason) {
    sentences.push(t('suspension.reason', { reason: suspension.reason }));
  }
  if (suspension?.until) {
    sentences.push(
      t('suspension.until', { time: formatTime(suspension.until, locale) }),
    );
  } else if (suspension?.by) {
    sentences.push(t('suspension.noEnd'));
  }
  return sentences.join(' ');
}

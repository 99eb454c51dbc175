import type { Translate } from '../hooks/useGitopsTranslation';

/**
 * Fills a message whose key is made of what the backend sends, which may know more
 * of them than this page.
 *
 * @returns Undefined where there is no such message.
 */
export function fillMessage(
  key: string,
  t: Translate,
  values: Record<string, string | number> = {},
): string | undefined {
  const text = (t as (key: string, values: object) => string)(key, values);
  // A key that has no words is given back as it is.
  return text === key ? undefined : text;
}

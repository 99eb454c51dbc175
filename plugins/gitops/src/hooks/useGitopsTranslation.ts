import {
  type TranslationFunction,
  useTranslationRef,
} from '@backstage/frontend-plugin-api';
import { gitopsTranslationRef } from '../translation';

/** Gives the words of the plugin in the language of the app. */
export type Translate = TranslationFunction<typeof gitopsTranslationRef.T>;

/** Translates the plugin's words. */
export function useGitopsTranslation(): Translate {
  return useTranslationRef(gitopsTranslationRef).t;
}

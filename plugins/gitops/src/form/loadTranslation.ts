import {
  type ApiHolder,
  translationApiRef,
} from '@backstage/frontend-plugin-api';
import type { Translate } from '../hooks/useGitopsTranslation';
import { gitopsTranslationRef } from '../translation';

/** The plugin's words for code that is not a component, once they are loaded. */
export async function loadTranslation(
  apiHolder: ApiHolder,
): Promise<Translate> {
  const translationApi = apiHolder.get(translationApiRef);
  if (!translationApi) {
    throw new Error('This portal has no translation API: add it to the app');
  }
  const snapshot = translationApi.getTranslation(gitopsTranslationRef);
  if (snapshot.ready) {
    return snapshot.t;
  }
  return new Promise((resolve, reject) => {
    const subscription = translationApi
      .translation$(gitopsTranslationRef)
      .subscribe({
        next: loaded => {
          if (loaded.ready) {
            subscription.unsubscribe();
            resolve(loaded.t);
          }
        },
        error: reject,
      });
  });
}

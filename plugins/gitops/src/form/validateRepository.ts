import {
  type ApiHolder,
  translationApiRef,
} from '@backstage/frontend-plugin-api';
import { scmIntegrationsApiRef } from '@backstage/integration-react';
import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import type { Translate } from '../hooks/useGitopsTranslation';
import { gitopsTranslationRef } from '../translation';
import { findRepositoryProblems } from './findRepositoryProblems';
import { listGitHosts } from './gitHosts';
import { parseRepositoryUrl } from './repositoryUrl';

/**
 * Keeps the form at its step until the chosen repository is one that can be
 * asked for. An absent value passes: whether there has to be one is for the
 * template to say.
 */
export const validateRepository: CustomFieldValidator<string> = async (
  value,
  field,
  { apiHolder },
) => {
  if (!value) {
    return;
  }
  const integrations = apiHolder.get(scmIntegrationsApiRef);
  const chosen = parseRepositoryUrl(value);
  const problems = findRepositoryProblems(
    chosen,
    integrations ? listGitHosts(integrations) : [],
  );
  const t = await loadTranslation(apiHolder);
  for (const problem of Object.values(problems)) {
    if (problem) {
      field.addError(t(`repository.problem.${problem}`, { ...chosen }));
    }
  }
};

async function loadTranslation(apiHolder: ApiHolder): Promise<Translate> {
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

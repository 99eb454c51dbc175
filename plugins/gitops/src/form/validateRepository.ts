import { configApiRef } from '@backstage/core-plugin-api';
import { scmIntegrationsApiRef } from '@backstage/integration-react';
import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { findRepositoryProblems } from './findRepositoryProblems';
import { listGitHosts } from './gitHosts';
import { loadTranslation } from './loadTranslation';
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
  const config = apiHolder.get(configApiRef);
  const chosen = parseRepositoryUrl(value);
  const problems = findRepositoryProblems(
    chosen,
    integrations && config ? listGitHosts(integrations, config) : [],
  );
  const t = await loadTranslation(apiHolder);
  for (const problem of Object.values(problems)) {
    if (problem) {
      field.addError(
        t(`repository.problem.${problem}`, {
          host: chosen.host,
          owner: chosen.owner,
          name: chosen.name,
        }),
      );
    }
  }
};

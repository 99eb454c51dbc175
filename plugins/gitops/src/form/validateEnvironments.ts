import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { gitopsApiRef } from '../api/GitopsApi';
import { type EnvironmentChoice, parseEnvironments } from './EnvironmentChoice';
import { findEnvironmentProblems } from './findEnvironmentProblems';
import { DEFAULT_NAME_FROM } from './formAnswers';
import { loadTranslation } from './loadTranslation';

/** Keeps the form at its step until the environments are ones that can be made. */
export const validateEnvironments: CustomFieldValidator<
  EnvironmentChoice[],
  { nameFrom?: string }
> = async (value, field, { apiHolder, formData, uiSchema }) => {
  if (value === undefined) {
    return; // Whether there have to be some is for the template to say.
  }
  const environments = parseEnvironments(value);
  const slug =
    formData[uiSchema?.['ui:options']?.nameFrom ?? DEFAULT_NAME_FROM];
  const clusters = await apiHolder
    .get(gitopsApiRef)
    ?.listClusters()
    // Whoever may not see clusters may still name one: the backend decides.
    .catch(() => undefined);
  const problems = findEnvironmentProblems(
    environments,
    typeof slug === 'string' ? slug : '',
    clusters?.map(({ name }) => name),
  );
  const t = await loadTranslation(apiHolder);
  if (environments.length === 0) {
    field.addError(t('environmentPicker.problem.none'));
  }
  problems.forEach((problem, index) => {
    if (problem) {
      field.addError(
        t(`environmentPicker.problem.${problem}`, {
          name: environments[index].name,
          cluster: environments[index].cluster ?? '',
          position: String(index + 1),
        }),
      );
    }
  });
};

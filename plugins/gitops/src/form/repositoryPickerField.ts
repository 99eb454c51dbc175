import { GitopsRepositoryPicker } from './GitopsRepositoryPicker';
import { repositoryPickerSchema } from './repositoryPickerSchema';
import { validateRepository } from './validateRepository';

/** The field as templates know it, the same in both frontend systems. */
export const repositoryPickerField = {
  name: 'GitopsRepositoryPicker',
  component: GitopsRepositoryPicker,
  validation: validateRepository,
  schema: repositoryPickerSchema,
};

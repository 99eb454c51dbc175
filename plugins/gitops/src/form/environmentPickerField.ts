import { environmentPickerSchema } from './environmentPickerSchema';
import { GitopsEnvironmentPicker } from './GitopsEnvironmentPicker';
import { validateEnvironments } from './validateEnvironments';

/** The field as templates know it, the same in both frontend systems. */
export const environmentPickerField = {
  name: 'GitopsEnvironmentPicker',
  component: GitopsEnvironmentPicker,
  validation: validateEnvironments,
  schema: environmentPickerSchema,
};

import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';

/** What the field gives, and what a template can set under `ui:options`. */
export const repositoryPickerSchema = makeFieldSchema({
  output: z =>
    z.string().describe('The repository as <host>?owner=<owner>&repo=<name>'),
  uiOptions: z =>
    z.object({
      nameFrom: z
        .string()
        .optional()
        .describe(
          'Property of the form that the name of the repository follows until the user changes it; name if absent',
        ),
    }),
});

export type RepositoryPickerProps = typeof repositoryPickerSchema.TProps;

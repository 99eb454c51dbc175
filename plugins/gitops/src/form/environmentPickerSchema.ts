import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';

/** What the field gives, and what a template can set under `ui:options`. */
export const environmentPickerSchema = makeFieldSchema({
  output: z =>
    z
      .array(
        z.object({
          name: z.string().describe('Name, a DNS label'),
          type: z
            .enum(['development', 'staging', 'production', 'custom'])
            .optional()
            .describe('Kind of stage; follows from the name if absent'),
          cluster: z
            .string()
            .optional()
            .describe('Cluster of the portal; its default one if absent'),
          approvalRequired: z
            .boolean()
            .optional()
            .describe('Whether a change needs approval'),
          minApprovals: z
            .number()
            .optional()
            .describe('How many approvals a change needs'),
        }),
      )
      .describe('Environments in the order of promotion'),
  uiOptions: z =>
    z.object({
      nameFrom: z
        .string()
        .optional()
        .describe(
          'Property of the form that holds the name of the project; name if absent',
        ),
    }),
});

export type EnvironmentPickerProps = typeof environmentPickerSchema.TProps;

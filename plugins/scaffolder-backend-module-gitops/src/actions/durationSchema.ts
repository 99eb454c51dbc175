import type { z as zod } from 'zod/v3';

/** A span of time as templates write it: `{ minutes: 1, seconds: 30 }`. */
export function durationSchema(z: typeof zod) {
  return z
    .object({
      hours: z.number().nonnegative().optional().describe('Hours'),
      minutes: z.number().nonnegative().optional().describe('Minutes'),
      seconds: z.number().nonnegative().optional().describe('Seconds'),
      milliseconds: z
        .number()
        .nonnegative()
        .optional()
        .describe('Milliseconds'),
    })
    .strict();
}

import { InputError } from '@backstage/errors';
import { z } from 'zod/v3';

/**
 * Checks what came in from outside.
 *
 * @throws InputError that names each field at fault; never its value, which may
 * be a secret
 */
export function validate<S extends z.ZodTypeAny>(
  schema: S,
  value: unknown,
  what: 'body' | 'query',
): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join('.')}: ${message}` : message,
    );
    throw new InputError(
      `The ${what} of the request is not valid: ${problems.join('; ')}`,
    );
  }
  return result.data;
}

const DEFAULT_LIMIT = 25;
const LARGEST_LIMIT = 100;

/** Query parameters of every paged answer. */
export const pageSchema = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LARGEST_LIMIT)
    .default(DEFAULT_LIMIT),
  cursor: z.string().optional(),
});

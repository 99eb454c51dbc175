import type { z } from 'zod/v3';
import { strangeAnswerError } from './gitHostErrors';

/**
 * Reads a document of a host's API.
 *
 * @param product - Name of the host's software.
 * @throws ServiceUnavailableError when it is of another shape
 */
export function readDocument<T>(
  schema: z.ZodType<T, z.ZodTypeDef, unknown>,
  body: unknown,
  { host, product, what }: { host: string; product: string; what: string },
): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw strangeAnswerError(
      host,
      product,
      what,
      parsed.error.issues
        .map(issue => issue.path.join('.') || 'body')
        .join(', '),
    );
  }
  return parsed.data;
}

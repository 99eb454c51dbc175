import { z } from 'zod/v3';
import { Fault } from './Faults';

const afterEvents = z.number().int().min(0).optional();

const effect = z.discriminatedUnion('type', [
  z.object({ type: z.literal('slow'), delayMs: z.number().min(0) }).strict(),
  z.object({ type: z.literal('hang') }).strict(),
  z
    .object({
      type: z.literal('status'),
      code: z.number().int().min(400).max(599),
      retryAfterSeconds: z.number().min(0).optional(),
    })
    .strict(),
  z.object({ type: z.literal('drop') }).strict(),
  z.object({ type: z.literal('watch-drop'), afterEvents }).strict(),
  z.object({ type: z.literal('watch-torn'), afterEvents }).strict(),
  z.object({ type: z.literal('watch-malformed'), afterEvents }).strict(),
  z.object({ type: z.literal('watch-expired'), afterEvents }).strict(),
  z.object({ type: z.literal('watch-silent'), afterEvents }).strict(),
]);

const request = z
  .object({
    match: z
      .object({ method: z.string().optional(), path: z.string().optional() })
      .strict()
      .optional(),
    count: z.number().int().min(1).optional(),
    effect,
  })
  .strict();

/** Reads a fault as it comes over HTTP, where the path's regular expression is text. Throws when it cannot be one. */
export function parseFault(body: unknown): Fault {
  const { match, ...fault } = request.parse(body);
  return {
    ...fault,
    match: match && {
      method: match.method,
      path: match.path === undefined ? undefined : new RegExp(match.path),
    },
  };
}

import { z } from 'zod/v3';
import {
  parseStatus,
  type KubernetesStatus,
} from '../clusters/kubernetesError';
import { malformedLine } from './readLines';

const metadataSchema = z
  .object({
    name: z.string().min(1),
    namespace: z.string().optional(),
    uid: z.string().min(1),
    resourceVersion: z.string().min(1),
  })
  .passthrough();

/** What every object of a list or watch must have. @internal */
export const watchedObjectSchema = z
  .object({ metadata: metadataSchema })
  .passthrough();
/** @internal */
export type WatchedObject = z.infer<typeof watchedObjectSchema>;

const lineSchema = z.union([
  z.object({
    type: z.enum(['ADDED', 'MODIFIED', 'DELETED']),
    object: watchedObjectSchema,
  }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.object({
      metadata: z.object({ resourceVersion: z.string().min(1) }),
    }),
  }),
  z.object({ type: z.literal('ERROR'), object: z.record(z.unknown()) }),
]);

/** @internal */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: WatchedObject }
  | { type: 'BOOKMARK'; resourceVersion: string }
  | { type: 'ERROR'; status: KubernetesStatus | undefined };

/** @throws MalformedStreamError */
export function parseWatchEvent(line: string): WatchEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw malformedLine('clusterLineNotJson');
  }
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success) {
    throw malformedLine('clusterLineUnknown');
  }
  const event = parsed.data;
  switch (event.type) {
    case 'BOOKMARK':
      return {
        type: 'BOOKMARK',
        resourceVersion: event.object.metadata.resourceVersion,
      };
    case 'ERROR':
      return { type: 'ERROR', status: parseStatus(event.object) };
    default:
      return event;
  }
}

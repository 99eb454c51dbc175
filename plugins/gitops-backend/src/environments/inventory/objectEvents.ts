import {
  stripCredentials,
  type ObjectEventDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';

/** Most events of an answer. */
const MOST_EVENTS = 100;

const text = z.string().nullish();
const eventSchema = z.object({
  type: z.string().default('Normal'),
  reason: text,
  message: text,
  count: z.number().nullish(),
  firstTimestamp: text,
  lastTimestamp: text,
  eventTime: text,
  series: z
    .object({ count: z.number().nullish(), lastObservedTime: text })
    .nullish(),
  metadata: z.object({ creationTimestamp: text }).passthrough(),
  involvedObject: z.object({
    kind: z.string(),
    namespace: text,
    name: z.string(),
  }),
});

/**
 * Events about some objects, newest first. Those of ReplicaSets and Jobs that stand
 * between a workload and its pods are told, too: a quota that is used up shows
 * nowhere else.
 */
export function objectEvents(
  raw: readonly unknown[],
  objects: readonly { kind: string; namespace?: string; name: string }[],
): ObjectEventDocument[] {
  const known = new Set(objects.map(keyOf));
  const isAboutOne = (object: {
    kind: string;
    namespace?: string;
    name: string;
  }) => {
    if (known.has(keyOf(object))) {
      return true;
    }
    const parent = object.name.replace(/-[a-z0-9]+$/, '');
    return (
      (object.kind === 'ReplicaSet' &&
        known.has(keyOf({ ...object, kind: 'Deployment', name: parent }))) ||
      (object.kind === 'Job' &&
        known.has(keyOf({ ...object, kind: 'CronJob', name: parent })))
    );
  };
  return raw
    .flatMap(item => {
      const event = eventSchema.safeParse(item).data;
      if (!event) {
        return [];
      }
      const { kind, name, namespace } = event.involvedObject;
      const object = { kind, ...(namespace && { namespace }), name };
      if (!isAboutOne(object)) {
        return [];
      }
      const { series, metadata } = event;
      const lastSeenAt =
        series?.lastObservedTime ??
        event.lastTimestamp ??
        event.eventTime ??
        event.firstTimestamp ??
        metadata.creationTimestamp;
      const document: ObjectEventDocument = {
        type: event.type,
        ...(event.reason && { reason: event.reason }),
        ...(event.message && { message: stripCredentials(event.message) }),
        count: series?.count ?? event.count ?? 1,
        ...(lastSeenAt && { lastSeenAt }),
        object,
      };
      return [document];
    })
    .sort((one, other) => timeOf(other) - timeOf(one))
    .slice(0, MOST_EVENTS);
}

function timeOf({ lastSeenAt }: ObjectEventDocument): number {
  return Date.parse(lastSeenAt ?? '') || 0;
}

function keyOf(object: { kind: string; namespace?: string; name: string }) {
  return `${object.kind}/${object.namespace ?? ''}/${object.name}`;
}

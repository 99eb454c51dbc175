import { z } from 'zod/v3';
import {
  KUBERNETES_ID_LABEL,
  LABEL_PREFIX,
  MANAGED_BY_LABEL,
  SUSPENDED_AT_ANNOTATION,
} from '../names/names';
import { lastWriteAt } from './conditions';
import { stripCredentials } from './stripCredentials';
import type { FluxObject } from './types';

/** Labels and annotations that state and diagnosis read; all others are left behind. */
const KEPT_LABELS = [
  MANAGED_BY_LABEL,
  KUBERNETES_ID_LABEL,
  'sharding.fluxcd.io/key',
];
const KEPT_ANNOTATIONS = [
  'reconcile.fluxcd.io/requestedAt',
  'reconcile.fluxcd.io/forceAt',
  'reconcile.fluxcd.io/resetAt',
  SUSPENDED_AT_ANNOTATION,
];

// Kinds we have never seen may use the same field names in their own way. Such
// a field is left out; only the identity is insisted on.
function lenient<T extends z.ZodTypeAny>(schema: T) {
  return schema.optional().catch(undefined);
}

const text = lenient(z.string());
const flag = lenient(z.boolean());
const cleanText = lenient(z.string().transform(stripCredentials));
const stringMap = lenient(z.record(z.string()));

const referenceSchema = z.object({
  kind: text,
  name: z.string(),
  namespace: text,
});

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: text,
  message: cleanText,
  observedGeneration: lenient(z.number()),
  lastTransitionTime: text,
});

const specSchema = z.object({
  suspend: flag,
  interval: text,
  timeout: text,
  retryInterval: text,
  path: text,
  url: cleanText,
  ref: lenient(
    z.object({
      branch: text,
      tag: text,
      semver: text,
      commit: text,
      name: text,
    }),
  ),
  type: text,
  secretRef: lenient(z.object({ name: z.string() })),
  provider: text,
  sourceRef: lenient(referenceSchema),
  dependsOn: lenient(z.array(referenceSchema)),
  targetNamespace: text,
  prune: flag,
  serviceAccountName: text,
  wait: flag,
  healthChecks: lenient(z.array(referenceSchema)),
  deletionPolicy: text,
  include: lenient(
    z.array(
      z
        .object({ repository: z.object({ name: z.string() }) })
        .transform(({ repository }) => ({ repository })),
    ),
  ),
});

const statusSchema = z.object({
  observedGeneration: lenient(z.number()),
  conditions: lenient(z.array(conditionSchema)),
  artifact: lenient(z.object({ revision: text, lastUpdateTime: text })),
  lastAppliedRevision: text,
  lastAttemptedRevision: text,
  lastHandledReconcileAt: text,
  inventory: lenient(z.object({ entries: lenient(z.array(z.unknown())) })),
  inventoryCount: lenient(z.number()),
});

const liveObjectSchema = z.object({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.object({
    name: z.string().min(1),
    namespace: text,
    uid: text,
    generation: lenient(z.number()),
    resourceVersion: text,
    creationTimestamp: text,
    deletionTimestamp: text,
    finalizers: lenient(z.array(z.string())),
    labels: stringMap,
    annotations: stringMap,
    managedFields: lenient(
      z.array(z.object({ subresource: text, time: text })),
    ),
  }),
  spec: lenient(specSchema),
  status: lenient(statusSchema),
});

/**
 * Cuts a live object down to what carries state, 1 to 1.5 KB: identity,
 * generation, the fields of the spec that {@link FluxObject} names, request
 * tokens, conditions, revisions, the finalizers of one being deleted, and the
 * number of inventory entries. Kinds that we do not know keep what they have in common with those we
 * do. Credentials in URLs and messages are taken out. Projecting a projection
 * changes nothing.
 *
 * @param live - What the API server returned.
 * @throws TypeError when it is not a Kubernetes object at all.
 * @public
 */
export function projectFluxObject(live: unknown): FluxObject {
  const parsed = liveObjectSchema.safeParse(live);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new TypeError(
      `Expected a Kubernetes object, but '${path.join(
        '.',
      )}' is wrong: ${message}`,
    );
  }
  const { metadata, status, ...rest } = parsed.data;
  const { inventory, ...keptStatus } = status ?? {};
  const written = lastWriteAt(parsed.data);
  return compact({
    ...rest,
    metadata: {
      ...metadata,
      // Every object has them; they only matter once they hold a deletion up.
      finalizers: metadata.deletionTimestamp ? metadata.finalizers : undefined,
      labels: pick(
        metadata.labels,
        key => key.startsWith(LABEL_PREFIX) || KEPT_LABELS.includes(key),
      ),
      annotations: pick(metadata.annotations, key =>
        KEPT_ANNOTATIONS.includes(key),
      ),
      managedFields:
        written === undefined
          ? undefined
          : [{ time: new Date(written).toISOString() }],
    },
    status: status && {
      ...keptStatus,
      inventoryCount: inventory?.entries?.length ?? status.inventoryCount,
    },
  });
}

function pick(
  record: Record<string, string> | undefined,
  keep: (key: string) => boolean,
): Record<string, string> | undefined {
  const kept = Object.entries(record ?? {}).filter(([key]) => keep(key));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Without the keys that hold nothing, so that the projection compares and stores well. */
function compact(object: FluxObject): FluxObject {
  return JSON.parse(JSON.stringify(object));
}

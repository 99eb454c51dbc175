import { z } from 'zod/v3';
import type { FluxCondition } from '../status/types';

// What can be asked of one environment, and what is read of it on demand.

/** Body of `POST /projects/:slug/environments/:env/reconcile`. @public */
export const reconcileRequestSchema = z.object({
  /** Fetch the source first, so that the newest commit is applied; on by default. */
  withSource: z.boolean().default(true),
});
/** @public */
export type ReconcileRequest = z.input<typeof reconcileRequestSchema>;

/** Body of `POST /projects/:slug/environments/:env/suspend`. @public */
export const suspendRequestSchema = z.object({
  reason: z.string().trim().min(1).max(500).optional(),
  /** The portal resumes it then; never if absent. */
  until: z.string().datetime({ offset: true }).optional(),
});
/** @public */
export type SuspendRequest = z.input<typeof suspendRequestSchema>;

/** Health of an object in the cluster, by the rules of kstatus. @public */
export type ObjectHealth =
  | 'current'
  | 'in-progress'
  | 'failed'
  | 'terminating'
  | 'missing'
  | 'unknown';

/** One object that an environment applied, or one that came of it. @public */
export interface InventoryObjectDocument {
  /** `<group>/<kind>/<namespace>/<name>`; unique in the answer. */
  id: string;
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  health: ObjectHealth;
  /** Why, where it is not `current`. */
  message?: string;
  /** Id of the object that it belongs to, for pods of a workload. */
  parentId?: string;
  createdAt?: string;
}

/** A Kubernetes event about one of the objects. @public */
export interface ObjectEventDocument {
  type: 'Normal' | 'Warning' | string;
  reason?: string;
  message?: string;
  count: number;
  lastSeenAt?: string;
  object: { kind: string; namespace?: string; name: string };
}

/**
 * Answer of `GET /projects/:slug/environments/:env/inventory`, read from the cluster
 * when somebody opens it, shared by those who look at the same time. @public
 */
export interface InventoryDocument {
  takenAt: string;
  cluster: string;
  conditions: FluxCondition[];
  objects: InventoryObjectDocument[];
  /** True when there were more objects than an answer holds. */
  truncated: boolean;
  /** Newest first. */
  events: ObjectEventDocument[];
  /** Parts that could not be read, with the reason. */
  problems: string[];
  /** Fields that Git owns, for which the portal offers no change: `spec.suspend`. */
  ownedByGit: string[];
}

/** Query of `DELETE /projects/:slug`. @public */
export const deleteProjectQuerySchema = z.object({
  /** Only tell what would go. */
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform(value => value === 'true'),
});

/** Answer of `DELETE /projects/:slug`. The repository at the Git host always stays. @public */
export interface DeletionDocument {
  slug: string;
  dryRun: boolean;
  /** What goes, or went, in this order. */
  items: {
    kind: string;
    name: string;
    namespace?: string;
    cluster?: string;
  }[];
  /** What stays on purpose. */
  kept: string[];
}

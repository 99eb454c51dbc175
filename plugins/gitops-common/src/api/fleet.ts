import { z } from 'zod/v3';
import {
  projectStatusSchema,
  resourceStatusSchema,
  type ProjectStatus,
  type ResourceStatus,
} from '../model/enumerations';
import type { Wording } from '../words/wording';
import type { ClusterDocument, Page } from './documents';

/** Most projects in one answer. @public */
export const MAX_FLEET_PAGE = 200;

/** States of environments, what needs somebody first to what needs nobody. @public */
export const ATTENTION_ORDER: readonly ResourceStatus[] = [
  'failed',
  'stalled',
  'missing',
  'unknown',
  'terminating',
  'reconciling',
  'pending',
  'suspended',
  'ready',
];

/** One value or several of a query parameter. */
function severalOf<T extends z.ZodTypeAny>(item: T, most: number) {
  return z.preprocess(
    value => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(most).optional(),
  );
}

/**
 * Query of `GET /projects`. Values of one parameter widen, different parameters
 * narrow. @public
 */
export const fleetQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_FLEET_PAGE).default(50),
  cursor: z.string().max(2048).optional(),
  /** States of environments; a project with one of them is in. */
  state: severalOf(resourceStatusSchema, 9),
  status: severalOf(projectStatusSchema, 5),
  /** Full references. */
  owner: severalOf(z.string().min(1).max(300), 100),
  /** Full references, for example those the user has starred. */
  entity: severalOf(z.string().min(1).max(300), 500),
  cluster: severalOf(z.string().min(1).max(253), 50),
  environment: severalOf(z.string().min(1).max(63), 20),
  /** Part of slug or name, case ignored. */
  text: z.string().max(100).optional(),
  /** `attention`: the worst state first, then by name; `name`: by name. */
  order: z.enum(['attention', 'name']).default('attention'),
});
/** @public */
export type FleetQuery = z.input<typeof fleetQuerySchema>;

/** One environment in a row of `GET /projects`. @public */
export interface EnvironmentSummaryDocument {
  name: string;
  cluster: string;
  status: ResourceStatus;
  commit?: string;
  since?: string;
  /** Cause of the failure in one line. */
  cause?: string;
  /** What `cause` says in English, where the words are not from elsewhere. */
  wording?: Wording;
}

/** A row of `GET /projects`. @public */
export interface ProjectSummaryDocument {
  slug: string;
  name: string;
  status: ProjectStatus;
  entityRef: string;
  ownerRef: string;
  version: number;
  /** In their order. */
  environments: EnvironmentSummaryDocument[];
}

/** Answer of `GET /projects`; the counts and clusters stand on the first page only. @public */
export interface FleetPage extends Page<ProjectSummaryDocument> {
  /** Projects that match. */
  total?: number;
  /** Environments of all projects that match, by state. */
  states?: Partial<Record<ResourceStatus, number>>;
  /** What the portal knows of the clusters, for those who may see them. */
  clusters?: ClusterDocument[];
}

import { z } from 'zod/v3';
import { environmentTypeSchema, visibilitySchema } from '../model/enumerations';
import { stepNameSchema } from '../model/steps';
import { credentialWishSchema } from './credentials';
import { gitHostNameSchema } from './gitHostName';

/** Most that a rendered template may weigh, in bytes before encoding. @public */
export const MAX_CONTENT_BYTES = 5 * 1024 * 1024;
/** @public */
export const MAX_CONTENT_FILES = 1000;

/** Most environments of one project. @public */
export const MAX_ENVIRONMENTS = 20;

/** One file of the first commit. @public */
export const contentFileSchema = z.object({
  /** Relative, with forward slashes, without `..`. */
  path: z.string().min(1).max(1024),
  /** Base64. */
  content: z.string(),
  executable: z.boolean().optional(),
});
/** @public */
export type ContentFile = z.infer<typeof contentFileSchema>;

/** @public */
export const environmentWishSchema = z.object({
  name: z.string().min(1),
  /** Defaults to the name where that is a known type, else `custom`. */
  type: environmentTypeSchema.optional(),
  displayName: z.string().optional(),
  description: z.string().optional(),
  /** Name of a cluster in the portal's `kubernetes:` configuration; the default cluster if absent. */
  cluster: z.string().optional(),
  /** Whether a change of it needs approval, which is recorded and shown. */
  approvalRequired: z.boolean().optional(),
  /** How many approvals, where some are required. */
  minApprovals: z.number().int().min(1).max(20).optional(),
});
/** @public */
export type EnvironmentWish = z.infer<typeof environmentWishSchema>;

/** @public */
export const repositoryWishSchema = z.object({
  /** Host as in the portal's `integrations`, for example `gitea.example.com`. */
  host: gitHostNameSchema,
  owner: z.string().min(1),
  name: z.string().min(1),
  visibility: visibilitySchema.default('private'),
  defaultBranch: z.string().min(1).default('main'),
});
/** @public */
export type RepositoryWish = z.infer<typeof repositoryWishSchema>;

/** Body of `POST /projects`. @public */
export const createProjectRequestSchema = z.object({
  slug: z.string().min(1),
  name: z.string().optional(),
  description: z.string().max(500).optional(),
  /** Full reference of the owning group or user. */
  ownerRef: z.string().min(1),
  /** Full reference of the catalog entity; `component:default/<slug>` if absent. */
  entityRef: z.string().optional(),
  templateRef: z.string().optional(),
  /** Id of the scaffolder task that asks. */
  taskId: z.string().optional(),
  repository: repositoryWishSchema,
  /** The three defaults if absent. */
  environments: z
    .array(environmentWishSchema)
    .min(1)
    .max(MAX_ENVIRONMENTS)
    .optional(),
  files: z.array(contentFileSchema).min(1).max(MAX_CONTENT_FILES),
  /** `least` if absent. */
  credential: credentialWishSchema.optional(),
  /** The user's own token at the Git host; the portal's integration if absent. */
  hostToken: z.string().optional(),
});
/** @public */
export type CreateProjectRequest = z.input<typeof createProjectRequestSchema>;

/** Body of `POST /projects/:slug/initialize` and `.../retry`. @public */
export const initializeRequestSchema = z.object({
  /** Last step to run; all of them if absent. */
  through: stepNameSchema.optional(),
  /** Replaces the host token of the run. */
  hostToken: z.string().optional(),
});
/** @public */
export type InitializeRequest = z.infer<typeof initializeRequestSchema>;

/**
 * Body of `POST /projects/:slug/environments`: one more environment for a project
 * in operation. Where one of that name stands, what is left out is taken for as it is.
 * @public
 */
export const addEnvironmentRequestSchema = environmentWishSchema.extend({
  /** The user's own token at the Git host; the portal's integration if absent. */
  hostToken: z.string().optional(),
});
/** @public */
export type AddEnvironmentRequest = z.infer<typeof addEnvironmentRequestSchema>;

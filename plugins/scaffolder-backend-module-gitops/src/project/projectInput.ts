import type { z as zod } from 'zod/v3';
import {
  credentialWishSchema,
  environmentWishSchema,
  visibilitySchema,
} from '@backstage-gitops/plugin-gitops-common';

type Zod = typeof zod;

/** What `gitops:repository:create` and `gitops:project:initialize` ask for. */
export const projectInput = {
  slug: (z: Zod) =>
    z
      .string()
      .describe(
        'Short name of the project, for example `cart`. Namespaces and Flux objects are named after it: lower case letters, digits and `-`',
      ),
  name: (z: Zod) =>
    z.string().optional().describe('Name for people; the slug if absent'),
  description: (z: Zod) =>
    z
      .string()
      .max(500)
      .optional()
      .describe('One sentence about the service, also for the repository'),
  owner: (z: Zod) =>
    z
      .string()
      .describe(
        'Entity reference of the owning group or user, as the OwnerPicker gives it, for example `group:default/shop`',
      ),
  entityRef: (z: Zod) =>
    z
      .string()
      .optional()
      .describe(
        'Catalog entity that the project belongs to; `component:default/<slug>` if absent',
      ),
  repoUrl: (z: Zod) =>
    z
      .string()
      .describe(
        'Repository to create, as the GitopsRepositoryPicker or the RepoUrlPicker gives it, for example `gitea.example.com?owner=shop&repo=cart`; with `&connection=<id>` Flux reads it with that connection of yours',
      ),
  visibility: () =>
    visibilitySchema
      .optional()
      .describe('Who may see the repository; `private` if absent'),
  defaultBranch: (z: Zod) =>
    z
      .string()
      .optional()
      .describe(
        'Branch of the first commit, which Flux follows; `main` if absent',
      ),
  sourcePath: (z: Zod) =>
    z
      .string()
      .optional()
      .describe(
        'Directory of the workspace whose files become the first commit; the whole workspace if absent',
      ),
  environments: (z: Zod) =>
    z
      .array(z.union([z.string(), environmentWishSchema]))
      .optional()
      .describe(
        'Environments in order, by name or with their details; development, staging and production if absent. Each needs its directory `deploy/overlays/<name>`',
      ),
  credential: () =>
    credentialWishSchema
      .optional()
      .describe(
        'What Flux reads the repository with; what repoUrl says, else the least that the Git host offers, if absent. Pass tokens as `${{ secrets.X }}` only',
      ),
  token: (z: Zod) =>
    z
      .string()
      .optional()
      .describe(
        "Your own token at the Git host, as `${{ secrets.X }}`; the portal's integration if absent",
      ),
};

/** What every action that runs a further part of the set-up asks for. */
export const partInput = {
  slug: (z: Zod) =>
    z
      .string()
      .describe(
        'Project whose set-up goes on: the `slug` output of `gitops:repository:create`',
      ),
  token: projectInput.token,
};

import { stringifyEntityRef } from '@backstage/catalog-model';
import { ConflictError } from '@backstage/errors';
import {
  createProjectRequestSchema,
  gitopsProjectCreatePermission,
  MAX_CONTENT_BYTES,
  projectStatusSchema,
  resourceStatusSchema,
  type ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Router } from 'express';
import { z } from 'zod/v3';
import type { ProjectRecord } from '../projects/ProjectReader';
import { audited } from './audited';
import { anyCaller, userCaller } from './caller';
import type { RouterOptions } from './RouterOptions';
import { pageSchema, validate } from './validate';

/** Base64 makes four bytes of three; the rest is for names and wishes. */
const LARGEST_BODY = Math.ceil((MAX_CONTENT_BYTES * 4) / 3) + 512 * 1024;

const listSchema = pageSchema.extend({
  state: resourceStatusSchema.optional(),
  status: projectStatusSchema.optional(),
  owner: z.string().optional(),
  cluster: z.string().optional(),
  text: z.string().max(100).optional(),
});

/** Making, listing and reading projects. */
export function addProjectRoutes(router: Router, options: RouterOptions): void {
  const { access, auditor, httpAuth, projects, reader, registrar } = options;

  /** The project as the caller may see it. */
  async function answer(
    record: ProjectRecord | undefined,
    credentials: Parameters<typeof access.check>[2],
    name: string,
    { history = false } = {},
  ): Promise<ProjectDocument> {
    const { rights } = await access.check(
      record?.project,
      'read',
      credentials,
      name,
    );
    return reader.document(
      record!,
      { update: rights.update, delete: rights.delete },
      { history },
    );
  }

  router.post(
    '/projects',
    async (request, _response, next) => {
      // Before a large body is read.
      const { credentials } = await userCaller(httpAuth, request);
      await access.require(gitopsProjectCreatePermission, credentials);
      next();
    },
    json({ limit: LARGEST_BODY }),
    async (request, response) => {
      const { credentials, userRef } = await userCaller(httpAuth, request);
      const body = validate(createProjectRequestSchema, request.body, 'body');
      const existing = await projects.getBySlug(body.slug);
      if (existing) {
        const rights = await access.rightsOn(existing, credentials);
        if (!rights.update) {
          // Names are unique, so that one is taken cannot be hidden; whose it
          // is can.
          throw new ConflictError(
            `The project name '${body.slug}' is taken: choose another name`,
          );
        }
      }
      const { project, created } = await audited(
        auditor,
        { eventId: 'project-create', request, meta: { slug: body.slug } },
        () => registrar.createOrGet(body, userRef),
      );
      const record = await reader.find({ id: project.id });
      response
        .status(created ? 201 : 200)
        .json(await answer(record, credentials, `project '${project.slug}'`));
    },
  );

  router.get('/projects', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const query = validate(listSchema, request.query, 'query');
    const restrict = await access.listRestriction(credentials);
    if (!restrict) {
      response.json({ items: [] });
      return;
    }
    const { items, nextCursor } = await projects.list({ ...query, restrict });
    response.json({ items: await reader.summaries(items), nextCursor });
  });

  router.get('/projects/:slug', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const { slug } = request.params;
    const record = await reader.find({ slug });
    response.json(
      await answer(record, credentials, `project '${slug}'`, {
        history: true,
      }),
    );
  });

  router.get('/entities/:kind/:namespace/:name', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const entityRef = stringifyEntityRef(request.params);
    const record = await reader.find({ entityRef });
    response.json(await answer(record, credentials, `project of ${entityRef}`));
  });
}

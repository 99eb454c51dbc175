import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { stringifyEntityRef } from '@backstage/catalog-model';
import { ConflictError } from '@backstage/errors';
import {
  createProjectRequestSchema,
  fleetQuerySchema,
  gitopsClusterReadPermission,
  gitopsProjectCreatePermission,
  MAX_CONTENT_BYTES,
  type FleetPage,
  type ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Router } from 'express';
import type { ClusterRegistry } from '../clusters';
import {
  clusterDocuments,
  type KnownSession,
} from '../projects/clusterDocument';
import type { ProjectRecord } from '../projects/ProjectRecord';
import { audited } from './audited';
import { anyCaller, userCaller } from './caller';
import type { RouterOptions } from './RouterOptions';
import { sendTagged } from './sendTagged';
import { validate } from './validate';

/** Base64 makes four bytes of three; the rest is for names and wishes. */
const LARGEST_BODY = Math.ceil((MAX_CONTENT_BYTES * 4) / 3) + 512 * 1024;

/** Making, listing and reading projects. */
export function addProjectRoutes(router: Router, options: RouterOptions): void {
  const { access, auditor, clusters, fleet, httpAuth, projects, reader } =
    options;

  /** The project as the caller may see it. */
  async function read(
    request: Request,
    reading: Promise<ProjectRecord | undefined>,
    credentials: BackstageCredentials,
    name: string,
  ): Promise<ProjectDocument> {
    const { rights, ...record } = await access.admit(
      reading,
      'read',
      credentials,
      name,
    );
    return reader.document(
      record,
      { update: rights.update, delete: rights.delete },
      { wordings: !readsEnglish(request) },
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
        () => options.registrar.createOrGet(body, userRef),
      );
      const document = await read(
        request,
        reader.find({ id: project.id }),
        credentials,
        `project '${project.slug}'`,
      );
      response.status(created ? 201 : 200).json(document);
    },
  );

  router.get('/projects', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const query = validate(fleetQuerySchema, request.query, 'query');
    const [restrict, seesClusters] = await Promise.all([
      access.listRestriction(credentials),
      access.may(gitopsClusterReadPermission, credentials),
    ]);
    const { page, sessions } = await fleet.read({ query, restrict });
    const answer: FleetPage = {
      ...page,
      ...(seesClusters &&
        sessions && {
          clusters: clusterDocuments(
            await configuredClusters(clusters, sessions),
            sessions,
            new Date(),
          ),
        }),
    };
    sendTagged(response, answer);
  });

  router.get('/projects/:slug', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const { slug } = request.params;
    sendTagged(
      response,
      await read(
        request,
        reader.find({ slug }, { history: true }),
        credentials,
        `project '${slug}'`,
      ),
    );
  });

  router.get('/entities/:kind/:namespace/:name', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const entityRef = stringifyEntityRef(request.params);
    sendTagged(
      response,
      await read(
        request,
        reader.find({ entityRef }),
        credentials,
        `project of ${entityRef}`,
      ),
    );
  });
}

/** Those who do not tell their language have the sentences as they are, in English. */
function readsEnglish(request: Request): boolean {
  return /^(?:en\b|\*)/i.test(request.acceptsLanguages()[0] ?? '*');
}

/** Where the configuration cannot be read, the clusters that were seen before. */
async function configuredClusters(
  clusters: ClusterRegistry,
  sessions: readonly KnownSession[],
) {
  try {
    return {
      names: await clusters.names(),
      refused: await clusters.refused(),
    };
  } catch {
    return { names: sessions.map(({ cluster }) => cluster), refused: [] };
  }
}

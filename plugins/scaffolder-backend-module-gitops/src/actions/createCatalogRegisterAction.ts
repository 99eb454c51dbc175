import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import { InputError } from '@backstage/errors';
import type { ScmIntegrationRegistry } from '@backstage/integration';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { durationToMilliseconds } from '@backstage/types';
import { registerLocation } from '../catalog/registerLocation';
import { waitForEntity } from '../catalog/waitForEntity';
import { fullReference } from '../project/fullReference';
import { examples } from './createCatalogRegisterAction.examples';
import { durationSchema } from './durationSchema';
import { setOutputs } from './outputs';

/** @public */
export interface CatalogRegisterActionOptions {
  catalog: CatalogService;
  integrations: ScmIntegrationRegistry;
}

const DEFAULT_PATH = 'catalog-info.yaml';
const DEFAULT_TIMEOUT = { minutes: 2 };

/** The entity that people mean: the component, if the file describes several. */
function mainEntity(entities: Entity[]): Entity | undefined {
  const described = entities.filter(
    ({ metadata }) => !metadata.name.startsWith('generated-'),
  );
  return described.find(({ kind }) => kind === 'Component') ?? described[0];
}

/**
 * `gitops:catalog:register`: has the catalog know a repository's entity, and ends
 * when it has a page. Unlike `catalog:register` it may be run again, as a task that
 * is resumed does: what the catalog has already is left as it is.
 * @public
 */
export function createCatalogRegisterAction(
  options: CatalogRegisterActionOptions,
) {
  const { catalog, integrations } = options;
  return createTemplateAction({
    id: 'gitops:catalog:register',
    description:
      'Registers the catalog file of a repository in the catalog, and waits until the entity can be read there. Running it again finds what is there.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        repoContentsUrl: z =>
          z
            .string()
            .url()
            .describe(
              'Root of the files, with a closing slash, as `gitops:repository:create` gives it',
            ),
        catalogInfoPath: z =>
          z
            .string()
            .optional()
            .describe(
              `Path of the catalog file from there, without a leading slash; \`${DEFAULT_PATH}\` if absent`,
            ),
        entityRef: z =>
          z
            .string()
            .optional()
            .describe(
              'Entity that the file describes. Nothing is registered when the catalog has it already, from wherever; a file that describes other entities is refused',
            ),
        timeout: z =>
          durationSchema(z)
            .optional()
            .describe(
              'Longest wait for the entity to be in the catalog, which reads what is registered in its own time; 2 minutes if absent, no wait if zero',
            ),
      },
      output: {
        entityRef: z =>
          z
            .string()
            .optional()
            .describe('The entity, or the main one if the file has several'),
        catalogInfoUrl: z => z.string().describe('Address of the catalog file'),
      },
    },
    async handler(ctx) {
      const { repoContentsUrl, catalogInfoPath = DEFAULT_PATH } = ctx.input;
      const entityRef =
        ctx.input.entityRef &&
        fullReference('entityRef', ctx.input.entityRef, 'component');
      const integration = integrations.byUrl(repoContentsUrl);
      if (!integration) {
        throw new InputError(
          `The portal has no integration for ${repoContentsUrl}: check repoContentsUrl, or configure the host under 'integrations'`,
        );
      }
      const catalogInfoUrl = integration.resolveUrl({
        base: repoContentsUrl,
        url: catalogInfoPath,
      });
      if (ctx.isDryRun) {
        ctx.logger.info(`Would register ${catalogInfoUrl} in the catalog`);
        setOutputs(ctx.output, { entityRef, catalogInfoUrl });
        return;
      }

      const credentials = await ctx.getInitiatorCredentials();
      if (
        entityRef &&
        (await catalog.getEntityByRef(entityRef, { credentials }))
      ) {
        ctx.logger.info(`The catalog has ${entityRef} already`);
        setOutputs(ctx.output, { entityRef, catalogInfoUrl });
        return;
      }
      const { entities, existed } = await registerLocation({
        catalog,
        credentials,
        target: catalogInfoUrl,
        check: found => requireEntity(found, entityRef, catalogInfoUrl),
      });
      ctx.logger.info(
        existed
          ? `${catalogInfoUrl} is registered in the catalog already`
          : `Registered ${catalogInfoUrl} in the catalog`,
      );
      const main = mainEntity(entities);
      const registered = entityRef ?? (main && stringifyEntityRef(main));
      const timeoutMs = durationToMilliseconds(
        ctx.input.timeout ?? DEFAULT_TIMEOUT,
      );
      if (registered && timeoutMs > 0) {
        // Its page, which the task links to, is not there before.
        await waitForEntity({
          catalog,
          credentials,
          entityRef: registered,
          origin: catalogInfoUrl,
          timeoutMs,
          signal: ctx.signal,
        });
        ctx.logger.info(`The catalog has ${registered}`);
      }
      setOutputs(ctx.output, { entityRef: registered, catalogInfoUrl });
    },
  });
}

function requireEntity(
  entities: Entity[],
  entityRef: string | undefined,
  url: string,
): void {
  const refs = entities.map(entity => stringifyEntityRef(entity));
  if (entityRef && !refs.includes(entityRef)) {
    throw new InputError(
      `${url} does not describe ${entityRef} but ${
        refs.filter(ref => !ref.startsWith('location:')).join(', ') || 'nothing'
      }: correct kind, namespace and name in the file`,
    );
  }
}

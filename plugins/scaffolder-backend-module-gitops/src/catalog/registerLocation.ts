import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { Entity } from '@backstage/catalog-model';
import { ForwardedError, isError, toError } from '@backstage/errors';
import type { CatalogService } from '@backstage/plugin-catalog-node';

/**
 * Has the catalog read a file from now on. The catalog refuses a location that
 * it has; here that is the end that was wanted, whoever registered it, and
 * whether or not the catalog has come round to reading it.
 *
 * @param check - throws to have nothing registered, given what the file describes
 * @returns what the file describes, and whether it was registered before
 * @throws what the catalog answers, with the address and what to do about it
 */
export async function registerLocation(options: {
  catalog: CatalogService;
  credentials: BackstageCredentials;
  target: string;
  check(entities: Entity[]): void;
}): Promise<{ entities: Entity[]; existed: boolean }> {
  const { catalog, credentials, target } = options;
  const location = { type: 'url', target };
  const look = () =>
    catalog.addLocation({ ...location, dryRun: true }, { credentials });

  const { entities, exists } = await look().catch(error => {
    throw explained(`The catalog cannot use ${target}`, error);
  });
  options.check(entities);
  if (exists) {
    return { entities, existed: true };
  }
  try {
    await catalog.addLocation(location, { credentials });
    return { entities, existed: false };
  } catch (error) {
    // Somebody else was faster.
    if (answerOf(error).name === 'ConflictError' && (await look()).exists) {
      return { entities, existed: true };
    }
    throw explained(`The catalog did not register ${target}`, error);
  }
}

/** The catalog's own words: the error of its response says its status only. */
function answerOf(error: unknown): Error {
  const { cause } = toError(error);
  return isError(cause) ? toError(cause) : toError(error);
}

function explained(what: string, error: unknown): Error {
  const answer = answerOf(error);
  return new ForwardedError(
    answer.name === 'NotAllowedError'
      ? `${what}: who starts the task needs the permission catalog.location.create`
      : what,
    answer,
  );
}

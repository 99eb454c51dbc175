import {
  ConflictError,
  InputError,
  ServiceUnavailableError,
} from '@backstage/errors';
import {
  deriveState,
  type FluxObject,
} from '@backstage-gitops/plugin-gitops-common';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ClusterClient,
  ClusterObject,
  ClusterRegistry,
} from '../../clusters';
import type { GitopsResource } from '../../database/tables';
import { REQUESTED_AT } from '../../deployments/DeploymentRecorder';
import type { GitRepositoryObject } from '../../flux/manifests';
import {
  describeResource,
  resourceReference,
} from '../../flux/resourceReference';

/** Address, Secret and kind of Secret of a source. @internal */
export type SourceAuth = Pick<
  GitRepositoryObject['spec'],
  'url' | 'secretRef' | 'provider'
>;

/** A source has tried the credential, and it did not work. @internal */
export class SourceRefusedError extends InputError {}

type ReadSource = ClusterObject & {
  spec?: Partial<GitRepositoryObject['spec']> & { suspend?: boolean };
  status?: { lastHandledReconcileAt?: string };
};

/**
 * Makes sources read with another credential, and sees whether they have.
 *
 * @internal
 */
export class SourceSwitch {
  constructor(
    private readonly clusters: ClusterRegistry,
    private readonly times: { fetchMs: number; pollMs: number },
  ) {}

  /** @throws ConflictError for a source that cannot try a credential now */
  async checkUsable(
    source: GitopsResource,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const client = await this.clusters.get(source.cluster);
    const { spec } = await this.read(client, source, options.signal);
    if (spec?.suspend) {
      throw new ConflictError(
        `${describe(
          source,
        )} is suspended and would not try the new credential: resume it first`,
      );
    }
  }

  /**
   * Points a source at a Secret and asks it to fetch, in one request: address and
   * Secret of two kinds of credential never meet. Doing it again changes nothing.
   */
  async point(
    source: GitopsResource,
    auth: SourceAuth,
    request: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const client = await this.clusters.get(source.cluster);
    const object = await this.read(client, source, options.signal);
    if (!isPointed(object, auth, request)) {
      await this.patch(client, source, auth, request, options.signal);
    }
  }

  /**
   * Waits until a source has fetched with what it was pointed at.
   *
   * @throws SourceRefusedError when it could not, ServiceUnavailableError when it
   * does not say in time
   */
  async waitUntilFetched(
    source: GitopsResource,
    auth: SourceAuth,
    request: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const { signal } = options;
    const client = await this.clusters.get(source.cluster);
    const end = Date.now() + this.times.fetchMs;
    for (;;) {
      const object = await this.read(client, source, signal);
      if (!isPointed(object, auth, request)) {
        // Somebody else asked for something, or wrote the source anew.
        await this.patch(client, source, auth, request, signal);
      } else if (object.status?.lastHandledReconcileAt === request) {
        const { status, reason, message } = deriveState(
          object as FluxObject,
          undefined,
          new Date(),
        );
        if (status === 'ready') {
          return;
        }
        if (status === 'failed' || status === 'stalled') {
          throw new SourceRefusedError(
            `${describe(source)} could not fetch with the new credential: ${
              message ?? reason ?? status
            }`,
          );
        }
        if (status === 'suspended') {
          throw new ConflictError(
            `${describe(source)} was suspended meanwhile: resume it`,
          );
        }
      }
      if (Date.now() > end) {
        throw new ServiceUnavailableError(
          `${describe(source)} was asked to fetch and did not within ${
            this.times.fetchMs / 1000
          } s: look whether source-controller runs there`,
        );
      }
      await delay(this.times.pollMs, undefined, { signal });
    }
  }

  private async patch(
    client: ClusterClient,
    source: GitopsResource,
    auth: SourceAuth,
    request: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await client.mergePatch(
      resourceReference(source),
      {
        metadata: { annotations: { [REQUESTED_AT]: request } },
        spec: { ...auth, provider: auth.provider ?? null },
      },
      { signal },
    );
  }

  private async read(
    client: ClusterClient,
    source: GitopsResource,
    signal: AbortSignal | undefined,
  ): Promise<ReadSource> {
    const object = await client.get<ReadSource>(resourceReference(source), {
      signal,
    });
    if (!object) {
      throw new ConflictError(
        `${describe(source)} does not exist: retry the set-up of the project`,
      );
    }
    return object;
  }
}

/** What a source reads with, taken from its object. @internal */
export function authOf({ spec }: ReadSource): Partial<SourceAuth> {
  return {
    ...(spec?.url !== undefined && { url: spec.url }),
    ...(spec?.secretRef && { secretRef: spec.secretRef }),
    ...(spec?.provider && { provider: spec.provider }),
  };
}

function isPointed(
  object: ReadSource,
  auth: SourceAuth,
  request: string,
): boolean {
  return (
    object.metadata.annotations?.[REQUESTED_AT] === request &&
    isDeepStrictEqual(authOf(object), { ...auth })
  );
}

function describe(source: GitopsResource): string {
  return `${describeResource(source)} on cluster '${source.cluster}'`;
}

import { z } from 'zod/v3';

const resourcesSchema = z.object({
  resources: z.array(
    z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() }),
  ),
});
const groupsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ version: z.string() })),
      preferredVersion: z.object({ version: z.string() }).optional(),
    }),
  ),
});

/** Where the API of one kind is found in one cluster. @internal */
export interface ServedResource {
  apiVersion: string;
  kind: string;
  /** Name in paths, for example `kustomizations`. */
  plural: string;
  namespaced: boolean;
}

/** Sends a GET and returns the decoded answer, `undefined` on 404. @internal */
export type DiscoveryRead = (
  path: string,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * Asks a cluster which kinds it serves, under which names. Good answers are
 * kept; "not served" never is, because a CRD may be installed at any time.
 *
 * @internal
 */
export class ResourceDiscovery {
  private readonly read: DiscoveryRead;
  private readonly served = new Map<string, ServedResource>();

  constructor(read: DiscoveryRead) {
    this.read = read;
  }

  /** Finds a kind in exactly this version. */
  async find(
    apiVersion: string,
    kind: string,
    signal: AbortSignal,
  ): Promise<ServedResource | undefined> {
    const key = `${apiVersion}/${kind}`;
    const known = this.served.get(key);
    if (known) {
      return known;
    }
    const root = apiVersion.includes('/') ? '/apis' : '/api';
    const path = apiVersion.split('/').map(encodeURIComponent).join('/');
    const list = resourcesSchema.safeParse(
      await this.read(`${root}/${path}`, signal),
    );
    for (const resource of list.data?.resources ?? []) {
      // Names with a slash are subresources.
      if (!resource.name.includes('/')) {
        this.served.set(`${apiVersion}/${resource.kind}`, {
          apiVersion,
          kind: resource.kind,
          plural: resource.name,
          namespaced: resource.namespaced,
        });
      }
    }
    return this.served.get(key);
  }

  /**
   * Finds a kind in the best version the cluster serves. Asks the list of
   * groups first, which answers 200 also where the group is missing.
   *
   * @param versions - Versions we understand, best first.
   */
  async findAnyVersion(
    group: string,
    kind: string,
    versions: readonly string[],
    signal: AbortSignal,
  ): Promise<ServedResource | undefined> {
    if (group === '') {
      return this.find(versions[0], kind, signal);
    }
    const groups = groupsSchema.safeParse(await this.read('/apis', signal));
    const found = groups.data?.groups.find(item => item.name === group);
    const served = new Set(found?.versions.map(item => item.version));
    for (const version of versions) {
      if (served.has(version)) {
        const resource = await this.find(`${group}/${version}`, kind, signal);
        if (resource) {
          return resource;
        }
      }
    }
    return undefined;
  }

  /** Forgets a kind whose path turned out not to exist any more. */
  forget(apiVersion: string, kind: string): void {
    this.served.delete(`${apiVersion}/${kind}`);
  }
}

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

interface TestObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & { name: string; namespace?: string };
  /** Of an Event. */
  involvedObject?: { kind: string; name: string };
  [key: string]: unknown;
}
interface Watch {
  plural: string;
  url: URL;
  response: ServerResponse;
}
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const KINDS = [
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' },
  {
    group: 'source.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'GitRepository',
    plural: 'gitrepositories',
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'Kustomization',
    plural: 'kustomizations',
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    version: 'v2',
    kind: 'HelmRelease',
    plural: 'helmreleases',
  },
  {
    group: 'source.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'OCIRepository',
    plural: 'ocirepositories',
  },
  { group: '', version: 'v1', kind: 'Event', plural: 'events' },
];
/** Kinds that a cluster has only once somebody installs them. */
const OPTIONAL = ['HelmRelease', 'OCIRepository', 'Event'];

/**
 * As much of an API server as a list and a watch need, with the connections in
 * the test's hand: every event, torn line and silence is made by the test.
 */
export class TestApiServer {
  /** Method and URL of every request, oldest first. */
  readonly requests: string[] = [];
  readonly watches = new Set<Watch>();
  /** Groups that are not installed. */
  readonly missingGroups = new Set<string>();
  /** Optional kinds that are installed. */
  readonly installed = new Set<string>();
  pageSize = Infinity;

  private readonly objects = new Map<string, TestObject>();
  private readonly history: {
    version: number;
    plural: string;
    line: object;
  }[] = [];
  private readonly interceptors: { match: RegExp; handler: Handler }[] = [];
  private version = 100;
  private oldest = 0;
  private uids = 0;
  private readonly server = createServer((request, response) =>
    this.answer(request, response),
  );

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) {
      return;
    }
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Answers the next request whose method and URL match by hand. */
  intercept(match: RegExp, handler: Handler): void {
    this.interceptors.push({ match, handler });
  }

  /** Creates or replaces an object and tells the watches. */
  put(object: TestObject): TestObject {
    const { plural } = KINDS.find(({ kind }) => kind === object.kind)!;
    const key = keyOf(plural, object.metadata);
    const known = this.objects.get(key);
    this.version += 1;
    if (!known) {
      this.uids += 1;
    }
    const stored = {
      ...object,
      metadata: {
        generation: 1,
        creationTimestamp: '2025-12-31T00:00:00Z',
        uid: known?.metadata.uid ?? `uid-${this.uids}`,
        ...object.metadata,
        resourceVersion: String(this.version),
      },
    };
    this.objects.set(key, stored);
    this.tell(plural, { type: known ? 'MODIFIED' : 'ADDED', object: stored });
    return stored;
  }

  delete(kind: string, metadata: { name: string; namespace?: string }): void {
    const { plural } = KINDS.find(item => item.kind === kind)!;
    const key = keyOf(plural, metadata);
    const known = this.objects.get(key)!;
    this.objects.delete(key);
    this.version += 1;
    this.tell(plural, {
      type: 'DELETED',
      object: {
        ...known,
        metadata: { ...known.metadata, resourceVersion: String(this.version) },
      },
    });
  }

  /** Is restored to some versions ago, with the objects it has. */
  rewind(versions: number): void {
    this.version -= versions;
    this.oldest = 0;
    this.history.length = 0;
  }

  bookmark(): void {
    this.version += 1;
    for (const watch of this.watches) {
      const { kind } = KINDS.find(({ plural }) => plural === watch.plural)!;
      this.write(watch.plural, {
        type: 'BOOKMARK',
        object: {
          kind,
          metadata: { resourceVersion: String(this.version) },
        },
      });
    }
  }

  /** Writes to the watches of a kind without remembering it. */
  write(plural: string, line: object | string | Uint8Array): void {
    for (const watch of this.watches) {
      if (watch.plural === plural) {
        watch.response.write(
          typeof line === 'string' || line instanceof Uint8Array
            ? line
            : `${JSON.stringify(line)}\n`,
        );
      }
    }
  }

  /** Breaks the connections of all watches. */
  tear(): void {
    for (const { response } of this.watches) {
      response.destroy();
    }
    this.watches.clear();
  }

  /** Ends all watches as their own timeout would. */
  end(): void {
    for (const { response } of this.watches) {
      response.end();
    }
    this.watches.clear();
  }

  /** Forgets the past: watches from before are too old. */
  compact(): void {
    this.oldest = this.version + 1;
    this.version += 1;
  }

  /** Watches of one kind, as their queries. */
  watchesOf(plural: string): URLSearchParams[] {
    return [...this.watches]
      .filter(watch => watch.plural === plural)
      .map(watch => watch.url.searchParams);
  }

  count(match: RegExp): number {
    return this.requests.filter(line => match.test(line)).length;
  }

  private tell(plural: string, line: object): void {
    this.history.push({ version: this.version, plural, line });
    this.write(plural, line);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    const index = this.interceptors.findIndex(({ match }) => match.test(line));
    if (index >= 0) {
      const [{ handler }] = this.interceptors.splice(index, 1);
      handler(request, response);
      return;
    }
    const url = new URL(request.url!, 'http://api');
    const path = url.pathname;
    if (path === '/apis') {
      send(response, 200, { groups: this.groups() });
      return;
    }
    for (const { group, version, kind, plural } of KINDS) {
      const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
      if (path === root) {
        send(response, 200, {
          resources: this.served(group).map(item => ({
            name: item.plural,
            kind: item.kind,
            namespaced: item.kind !== 'Namespace',
          })),
        });
        return;
      }
      if (path.startsWith(`${root}/`) && path.endsWith(`/${plural}`)) {
        if (url.searchParams.get('watch') === 'true') {
          this.watch(plural, url, response);
        } else {
          this.list(plural, `${kind}List`, url, response);
        }
        return;
      }
    }
    send(response, 404, { kind: 'Status', code: 404, message: 'not found' });
  }

  private served(group: string) {
    return KINDS.filter(
      item =>
        item.group === group &&
        (!OPTIONAL.includes(item.kind) || this.installed.has(item.kind)),
    );
  }

  private groups() {
    return KINDS.filter(
      ({ group }) =>
        group &&
        !this.missingGroups.has(group) &&
        this.served(group).length > 0,
    ).map(({ group, version }) => ({ name: group, versions: [{ version }] }));
  }

  private list(
    plural: string,
    kind: string,
    url: URL,
    response: ServerResponse,
  ): void {
    const all = [...this.objects]
      .filter(
        ([key, { metadata, involvedObject: involved }]) =>
          key.startsWith(`${plural}/`) &&
          [
            null,
            `metadata.name=${metadata.name}`,
            `involvedObject.kind=${involved?.kind},involvedObject.name=${involved?.name}`,
          ].includes(url.searchParams.get('fieldSelector')),
      )
      .map(([, object]) => object);
    const start = Number(url.searchParams.get('continue') ?? 0);
    const end = start + this.pageSize;
    send(response, 200, {
      kind,
      metadata: {
        resourceVersion: String(this.version),
        ...(end < all.length && { continue: String(end) }),
      },
      items: all.slice(start, end),
    });
  }

  private watch(plural: string, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < this.oldest) {
      send(response, 410, {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version',
      });
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    const watch = { plural, url, response };
    this.watches.add(watch);
    response.once('close', () => this.watches.delete(watch));
    for (const entry of this.history) {
      if (entry.plural === plural && entry.version > from) {
        response.write(`${JSON.stringify(entry.line)}\n`);
      }
    }
  }
}

function keyOf(
  plural: string,
  { name, namespace }: { name: string; namespace?: string },
): string {
  return `${plural}/${namespace ?? ''}/${name}`;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

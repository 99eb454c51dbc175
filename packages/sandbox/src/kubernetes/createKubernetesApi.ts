import { RequestListener, Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { Faults } from '../faults/Faults';
import { DefaultObjectStore } from './DefaultObjectStore';
import { KindRegistry } from './KindRegistry';
import { ObjectStore } from './ObjectStore';
import { Authenticator, TokenUser } from './access/Authenticator';
import { bootstrap } from './bootstrap';
import { Controller } from './controllers/Controller';
import { GarbageCollector } from './controllers/GarbageCollector';
import { NamespaceController } from './controllers/NamespaceController';
import { ServiceAccountController } from './controllers/ServiceAccountController';
import { workloadControllers } from './controllers/workloadControllers';
import { CustomDefinitions } from './custom/CustomDefinitions';
import { KubernetesHandler } from './rest/KubernetesHandler';
import { ObjectDatabase } from './storage/ObjectDatabase';

/** Settings of one API server. */
export interface KubernetesApiOptions {
  /** Name of the cluster, for people. */
  name: string;
  /** Bearer token of the administrator (group `system:masters`). */
  token: string;
  /** Further users; what they may do is up to roles and bindings. */
  users?: readonly TokenUser[];
  /** Folder that keeps everything; in memory only when absent. One process at a time. */
  dataDir?: string;
  /** Time between watch bookmarks, milliseconds; 60000 by default, as the API server has it. */
  bookmarkIntervalMs?: number;
  /** Changes remembered per resource for watches that resume; 10000 by default. */
  history?: number;
  /** Changes on disk after which they are replaced by a snapshot; 20000 by default. */
  compactAfter?: number;
  /** Time a pod takes to become ready, milliseconds; 80 by default. */
  podReadyMs?: number;
  /** Switches the controllers for workloads off (for loads where nobody looks at pods). */
  workloads?: boolean;
}

/** A running API: the state in process, and the same state over HTTP. */
export interface KubernetesApi {
  readonly name: string;
  readonly store: ObjectStore;
  readonly faults: Faults;
  /** For mounting into another HTTP server. */
  readonly handler: RequestListener;
  /** Listens on loopback; 0 takes a free port. */
  listen(port?: number): Promise<{ url: string; port: number }>;
  /** Ends watches, connections, controllers and timers, and closes the journal. */
  stop(): Promise<void>;
}

/**
 * A Kubernetes API server in one process, with the controllers that make its answers true: namespaces end, dependents are
 * collected, workloads become ready.
 */
export function createKubernetesApi(
  options: KubernetesApiOptions,
): KubernetesApi {
  const { name, token, users = [], bookmarkIntervalMs = 60_000 } = options;
  const database = ObjectDatabase.open(options);
  const store = new DefaultObjectStore(database, new KindRegistry());
  const definitions = new CustomDefinitions(store);
  definitions.start();
  bootstrap(store);

  const controllers: Controller[] = [
    new NamespaceController(store),
    new ServiceAccountController(store),
    new GarbageCollector(store),
    ...(options.workloads === false
      ? []
      : workloadControllers(store, { podReadyMs: options.podReadyMs ?? 80 })),
  ];
  for (const controller of controllers) {
    controller.start();
  }

  const faults = new Faults();
  const handler = new KubernetesHandler({
    store,
    faults,
    bookmarkIntervalMs,
    authenticator: new Authenticator([
      { token, name: 'kubernetes-admin', groups: ['system:masters'] },
      ...users,
    ]),
  });
  const servers: Server[] = [];
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    for (const controller of controllers) {
      controller.stop();
    }
    definitions.stop();
    faults.clear();
    handler.close();
    await Promise.all(servers.map(closeServer));
    database.close();
  }

  return {
    name,
    store,
    faults,
    handler: handler.listener,
    async listen(port = 0) {
      const server = createServer(handler.listener);
      // A watch is one request that lasts: only the client, its timeout or the end of the server close it.
      server.requestTimeout = 0;
      server.timeout = 0;
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      servers.push(server);
      const address = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${address.port}`, port: address.port };
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Time that answers under way get to reach their client. */
const drainMs = 200;

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { moduleSource } from './build';
import type { KubernetesAccess } from './existing';
import { freePorts } from './freePorts';
import { KubernetesApi, type Manifest } from './KubernetesApi';
import { ManagedProcess } from './ManagedProcess';
import type { ProgramName } from './programs';
import { waitUntil } from './waitUntil';

/** Parts of a cluster that a test may stop and start again. */
export type ClusterPart = Exclude<ProgramName, 'gitea'>;

/** Kubernetes with Flux, on loopback, in one folder. */
export class Cluster {
  readonly #parts: ReadonlyMap<ClusterPart, ManagedProcess>;
  readonly #release: () => Promise<void>;
  readonly #etcdUrl: string | undefined;

  private constructor(
    readonly name: string,
    readonly url: string,
    /**
     * PEM of the authority that signed the API server's certificate; absent where
     * the kubeconfig of an existing cluster names none, and it is not checked then.
     */
    readonly ca: string | undefined,
    /** Token of a cluster administrator. */
    readonly token: string,
    readonly api: KubernetesApi,
    parts: ReadonlyMap<ClusterPart, ManagedProcess>,
    options: { release?: () => Promise<void>; etcdUrl?: string } = {},
  ) {
    this.#parts = parts;
    this.#release = options.release ?? (async () => {});
    this.#etcdUrl = options.etcdUrl;
  }

  /**
   * Uses a cluster that runs already, with Flux in it. The portal gets an account
   * of its own there, administrator of the cluster, which `stop` takes back.
   */
  static async attach(
    name: string,
    access: KubernetesAccess,
  ): Promise<Cluster> {
    const api = new KubernetesApi(access);
    const account = `gitops-e2e-${randomBytes(4).toString('hex')}`;
    const namespace = 'default';
    const binding: Manifest = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: account },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    };
    const serviceAccount: Manifest = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account, namespace },
    };
    const release = async () => {
      await api.delete({ ...binding, ...binding.metadata });
      await api.delete({ ...serviceAccount, ...serviceAccount.metadata });
    };
    try {
      await api.apply(serviceAccount);
      await api.apply(binding);
      const token = await api.createToken(namespace, account);
      return new Cluster(name, access.url, access.ca, token, api, new Map(), {
        release,
      });
    } catch (error) {
      await release().catch(() => {});
      await api.close();
      throw error;
    }
  }

  /** Starts a cluster and waits until its controllers work. */
  static async start(options: {
    name: string;
    programs: Record<ProgramName, string>;
    folder: string;
  }): Promise<Cluster> {
    const { name, programs } = options;
    const folder = join(options.folder, `cluster-${name}`);
    const certificates = join(folder, 'certificates');
    for (const path of [folder, certificates, join(folder, 'storage')]) {
      await mkdir(path, { recursive: true });
    }
    const [
      etcdPort,
      etcdPeerPort,
      apiPort,
      kwokPort,
      storagePort,
      ...controllerPorts
    ] = await freePorts(9);

    const token = randomBytes(24).toString('hex');
    const keyFile = join(folder, 'service-account.key');
    const tokenFile = join(folder, 'tokens.csv');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(
      keyFile,
      privateKey.export({ type: 'pkcs1', format: 'pem' }),
    );
    await writeFile(tokenFile, `${token},admin,admin,system:masters\n`);

    const kubeconfig = join(folder, 'kubeconfig');
    const url = `https://127.0.0.1:${apiPort}`;
    await writeFile(
      kubeconfig,
      // JSON, which is YAML, too: older readers take the name 'y' for a boolean.
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          { name, cluster: { server: url, 'insecure-skip-tls-verify': true } },
        ],
        users: [{ name: 'admin', user: { token } }],
        contexts: [{ name, context: { cluster: name, user: 'admin' } }],
        'current-context': name,
      }),
    );
    const stages = join(folder, 'stages.yaml');
    await writeFile(stages, await kwokStages());

    const parts = new Map<ClusterPart, ManagedProcess>();
    const part = (
      program: ClusterPart,
      args: string[],
      environment: Record<string, string> = {},
    ) => {
      const process = new ManagedProcess({
        name: program,
        command: [programs[program], ...args],
        environment,
        folder,
        logFile: join(folder, `${program}.log`),
      });
      parts.set(program, process);
      return process;
    };
    const stopAll = () =>
      Promise.all([...parts.values()].map(process => process.stop()));

    try {
      part('etcd', [
        `--data-dir=${join(folder, 'etcd')}`,
        `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
        `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
        `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
        `--initial-cluster=default=http://127.0.0.1:${etcdPeerPort}`,
        '--unsafe-no-fsync',
        '--log-level=error',
      ]).start();
      part('kube-apiserver', [
        `--etcd-servers=http://127.0.0.1:${etcdPort}`,
        `--service-account-key-file=${keyFile}`,
        `--service-account-signing-key-file=${keyFile}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        `--token-auth-file=${tokenFile}`,
        '--authorization-mode=RBAC',
        `--secure-port=${apiPort}`,
        '--bind-address=127.0.0.1',
        `--cert-dir=${certificates}`,
        '--service-cluster-ip-range=10.96.0.0/16',
      ]).start();

      const caFile = join(certificates, 'apiserver.crt');
      const api = await waitUntil(
        `the API server of cluster ${name}`,
        async () => {
          const connected = await KubernetesApi.connect({ url, token, caFile });
          const { status } = await connected.request('GET', '/readyz');
          if (status === 200) {
            return connected;
          }
          await connected.close();
          return undefined;
        },
        { hopeless: () => !parts.get('kube-apiserver')?.running },
      );

      part('kube-controller-manager', [
        `--kubeconfig=${kubeconfig}`,
        `--service-account-private-key-file=${keyFile}`,
        '--leader-elect=false',
        '--secure-port=0',
        '--controllers=*,-node-ipam-controller,-cloud-node-lifecycle-controller',
        // The simulated node sends no real heartbeats.
        '--node-monitor-grace-period=1h',
        '--node-startup-grace-period=1h',
      ]).start();
      part('kube-scheduler', [
        `--kubeconfig=${kubeconfig}`,
        '--leader-elect=false',
        '--secure-port=0',
      ]).start();
      part('kwok', [
        `--kubeconfig=${kubeconfig}`,
        '--manage-all-nodes=true',
        `--config=${stages}`,
        `--server-address=127.0.0.1:${kwokPort}`,
      ]).start();

      await installFluxDefinitions(api);
      await api.apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'flux-system' },
      });
      await api.apply({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: 'node-0',
          labels: { 'kubernetes.io/hostname': 'node-0' },
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
        },
      });

      const fluxEnvironment = {
        KUBECONFIG: kubeconfig,
        RUNTIME_NAMESPACE: 'flux-system',
      };
      const fluxFlags = (ports: number[]) => [
        '--events-addr=',
        '--log-level=info',
        `--metrics-addr=127.0.0.1:${ports[0]}`,
        `--health-addr=127.0.0.1:${ports[1]}`,
      ];
      part(
        'source-controller',
        [
          ...fluxFlags(controllerPorts.slice(0, 2)),
          `--storage-path=${join(folder, 'storage')}`,
          `--storage-addr=127.0.0.1:${storagePort}`,
          `--storage-adv-addr=127.0.0.1:${storagePort}`,
        ],
        fluxEnvironment,
      ).start();
      part(
        'kustomize-controller',
        [
          ...fluxFlags(controllerPorts.slice(2, 4)),
          '--no-cross-namespace-refs=true',
        ],
        fluxEnvironment,
      ).start();
      await waitUntil(`the controllers of cluster ${name}`, async () => {
        const answers = await Promise.all(
          [controllerPorts[1], controllerPorts[3]].map(port =>
            fetch(`http://127.0.0.1:${port}/readyz`),
          ),
        );
        return answers.every(answer => answer.ok);
      });
      return new Cluster(
        name,
        url,
        await readFile(caFile, 'utf8'),
        token,
        api,
        parts,
        { etcdUrl: `http://127.0.0.1:${etcdPort}` },
      );
    } catch (error) {
      const tails = await Promise.all(
        [...parts.values()].map(
          async process => `${process.name}:\n${await process.logTail()}`,
        ),
      );
      await stopAll();
      throw new Error(
        `cluster ${name} did not come up: ${error}\n${tails.join('\n')}`,
      );
    }
  }

  /** Ends one part as a crash would; everything else goes on. */
  async stopPart(part: ClusterPart): Promise<void> {
    await this.#part(part).stop();
  }

  startPart(part: ClusterPart): void {
    this.#part(part).start();
  }

  /**
   * Makes the API server forget all versions before now, at once instead of
   * some minutes later: its store is compacted, its watch cache begins anew.
   */
  async forgetVersions(): Promise<void> {
    const revision = (
      (await (
        await this.api.request('GET', '/api/v1/namespaces?limit=1')
      ).json()) as { metadata: { resourceVersion: string } }
    ).metadata.resourceVersion;
    await this.stopPart('kube-apiserver');
    const answer = await fetch(`${this.#etcdUrl}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision, physical: true }),
    });
    if (!answer.ok) {
      throw new Error(`etcd refused the compaction: ${await answer.text()}`);
    }
    this.startPart('kube-apiserver');
    await waitUntil(
      `the API server of cluster ${this.name}`,
      async () => (await this.api.request('GET', '/readyz')).status === 200,
    );
  }

  #part(name: ClusterPart): ManagedProcess {
    const part = this.#parts.get(name);
    if (!part) {
      throw new Error(
        `cluster ${this.name} was there before: its ${name} is not stopped and started from here`,
      );
    }
    return part;
  }

  /** The end of a part's log. */
  async logTail(part: ClusterPart): Promise<string> {
    return (await this.#parts.get(part)?.logTail()) ?? '';
  }

  async stop(): Promise<void> {
    await this.#release();
    await this.api.close();
    await Promise.all([...this.#parts.values()].map(part => part.stop()));
  }
}

/** The stages that make simulated nodes and pods ready, out of KWOK's own module. */
async function kwokStages(): Promise<string> {
  const root = join(
    await moduleSource('kwok', 'sigs.k8s.io/kwok'),
    'kustomize/stage',
  );
  const collect = async (folder: string): Promise<string[]> => {
    const { resources = [] } = parse(
      await readFile(join(folder, 'kustomization.yaml'), 'utf8'),
    ) as { resources?: string[] };
    const nested = await Promise.all(
      resources.map(async resource =>
        resource.endsWith('.yaml')
          ? [await readFile(join(folder, resource), 'utf8')]
          : collect(join(folder, resource)),
      ),
    );
    return nested.flat();
  };
  return (await collect(join(root, 'fast'))).join('\n---\n');
}

async function installFluxDefinitions(api: KubernetesApi): Promise<void> {
  const definitions: Manifest[] = [];
  for (const controller of ['source-controller', 'kustomize-controller']) {
    const folder = join(
      await moduleSource(controller, `github.com/fluxcd/${controller}`),
      'config/crd/bases',
    );
    for (const file of await readdir(folder)) {
      const documents = parseAllDocuments(
        await readFile(join(folder, file), 'utf8'),
      );
      definitions.push(
        ...documents
          .map(document => document.toJS() as Manifest | null)
          .filter(document => document !== null),
      );
    }
  }
  await Promise.all(definitions.map(definition => api.apply(definition)));
  await waitUntil('the Flux kinds', async () => {
    const installed = await api.list<{
      metadata: { name: string };
      status?: { conditions?: { type: string; status: string }[] };
    }>({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
    });
    return definitions.every(definition =>
      installed
        .find(({ metadata }) => metadata.name === definition.metadata.name)
        ?.status?.conditions?.some(
          ({ type, status }) => type === 'Established' && status === 'True',
        ),
    );
  });
}

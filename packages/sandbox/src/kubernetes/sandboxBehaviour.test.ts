import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Watch,
} from '@kubernetes/client-node';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusError } from './StatusError';
import { ContractClient, eventually } from './contract/ContractClient';
import { forgettingContract } from './contract/forgettingContract';
import { deployment } from './contract/objectContract';
import {
  KubernetesApiOptions,
  createKubernetesApi,
} from './createKubernetesApi';
import { kinds } from './kinds';

const token = 'administrator';
const writer = { fieldManager: 'test' };
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});

describe('what only the sandbox can do', () => {
  const stops: Array<() => unknown> = [];

  async function start(options: Partial<KubernetesApiOptions> = {}) {
    const api = createKubernetesApi({ name: 'test', token, ...options });
    const { url } = await api.listen();
    const client = new ContractClient({ url, token });
    stops.push(
      () => client.close(),
      () => api.stop(),
    );
    return { api, url, client };
  }

  function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  afterEach(async () => {
    for (const stop of stops.splice(0)) {
      await stop();
    }
  });

  const path = '/api/v1/namespaces/default/configmaps';

  describe('persistence', () => {
    it('has everything back after it was killed, and counts on', async () => {
      const dataDir = temporaryFolder();
      const before = await start({ dataDir });
      before.api.store.create(configMap('kept', { a: '1' }), writer);
      before.api.store.create(configMap('deleted'), writer);
      before.api.store.delete(kinds.ConfigMap, 'default', 'deleted');
      const kept = before.api.store.apply(
        configMap('kept', { b: '2' }),
        writer,
      );
      // No stop: what a killed process leaves behind, and a line it did not finish.
      const [journal] = readdirSync(dataDir).filter(name =>
        name.startsWith('journal-'),
      );
      appendFileSync(join(dataDir, journal), '{"revision":99999,"tab');

      const after = await start({ dataDir });
      expect(after.api.store.get(kinds.ConfigMap, 'default', 'kept')).toEqual(
        kept.object,
      );
      expect(
        after.api.store.get(kinds.ConfigMap, 'default', 'deleted'),
      ).toBeUndefined();
      const next = after.api.store.create(configMap('next'), writer);
      expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(
        Number(kept.object.metadata.resourceVersion),
      );
      // A client that was watching goes on where it was.
      const watch = await after.client.watch(path, {
        resourceVersion: kept.object.metadata.resourceVersion!,
      });
      expect((await watch.next()).object.metadata.name).toBe('next');
      await watch.close();

      const again = await start({ dataDir });
      expect(
        again.api.store.get(kinds.ConfigMap, 'default', 'next'),
      ).toBeDefined();
    });

    it('keeps custom kinds, and survives compaction', async () => {
      const dataDir = temporaryFolder();
      const first = await start({
        dataDir,
        workloads: false,
        compactAfter: 300,
      });
      first.api.store.create(configMap('counter', { n: '0' }), writer);
      for (let n = 1; n <= 400; n++) {
        first.api.store.mergePatch(
          kinds.ConfigMap,
          'default',
          'counter',
          { data: { n: String(n) } },
          writer,
        );
      }
      first.api.store.create(
        {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'GitRepository',
          metadata: { name: 'app', namespace: 'default' },
          spec: { url: 'https://git.example/app', interval: '1m' },
        },
        writer,
      );
      expect(readdirSync(dataDir)).toContain('snapshot.jsonl');
      await first.api.stop();

      const second = await start({ dataDir, workloads: false });
      expect(
        second.api.store.get(kinds.ConfigMap, 'default', 'counter')?.data,
      ).toEqual({ n: '400' });
      const { body } = await second.client.get(
        '/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories/app',
      );
      expect(body.spec).toMatchObject({ interval: '1m', timeout: '60s' });
      expect(body.status).toEqual({ observedGeneration: -1 });
    });
  });

  describe('forgetting', () => {
    let forgetful: Awaited<ReturnType<typeof start>>;
    let url: string;
    beforeEach(async () => {
      forgetful = await start({ history: 8 });
      ({ url } = forgetful);
    });

    forgettingContract(
      () => ({ url, token }),
      async () => {
        for (let n = 0; n < 30; n++) {
          forgetful.api.store.apply(configMap('a', { n: String(n) }), writer);
        }
      },
    );

    it('sends bookmarks to those who allow them', async () => {
      const { api, client } = await start({ bookmarkIntervalMs: 20 });
      const made = api.store.create(configMap('a'), writer);
      const watch = await client.watch(path, {
        resourceVersion: made.metadata.resourceVersion!,
        allowWatchBookmarks: true,
      });
      const bookmark = await watch.next();
      expect(bookmark.type).toBe('BOOKMARK');
      expect(bookmark.object).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
      });
      expect(
        Number(bookmark.object.metadata.resourceVersion),
      ).toBeGreaterThanOrEqual(Number(made.metadata.resourceVersion));
      await watch.close();
    });
  });

  describe('faults', () => {
    it('spoils requests: status, slow, hang, drop', async () => {
      const { api, client } = await start();
      const match = { method: 'GET', path: /configmaps/ };
      api.faults.add({
        match,
        count: 1,
        effect: { type: 'status', code: 429, retryAfterSeconds: 7 },
      });
      const limited = await client.get(path);
      expect(limited.status).toBe(429);
      expect(limited.headers.get('retry-after')).toBe('7');
      expect(limited.body).toMatchObject({
        kind: 'Status',
        reason: 'TooManyRequests',
      });
      expect((await client.get(path)).status).toBe(200);

      api.faults.add({
        match,
        count: 1,
        effect: { type: 'status', code: 410 },
      });
      expect((await client.get(path)).body.reason).toBe('Expired');

      api.faults.add({ match, count: 1, effect: { type: 'drop' } });
      await expect(client.get(path)).rejects.toThrow('fetch failed');

      api.faults.add({
        match,
        count: 1,
        effect: { type: 'slow', delayMs: 60 },
      });
      const began = performance.now();
      expect((await client.get(path)).status).toBe(200);
      expect(performance.now() - began).toBeGreaterThan(50);

      const remove = api.faults.add({ match, effect: { type: 'hang' } });
      const pending = client.get(path);
      expect((await client.post(path, configMap('meanwhile'))).status).toBe(
        201,
      );
      remove();
      expect((await client.get(path)).status).toBe(200);
      api.faults.clear();
      await expect(pending).rejects.toThrow('fetch failed');
    });

    it('spoils watches that are open: drop, torn, malformed, expired, silent', async () => {
      const { api, client } = await start({ bookmarkIntervalMs: 10 });
      const open = () => client.watch(path, { resourceVersion: 0 });

      const dropped = await open();
      api.faults.add({ count: 1, effect: { type: 'watch-drop' } });
      expect(await dropped.ended).toBeInstanceOf(Error);

      const torn = await open();
      api.faults.add({ count: 1, effect: { type: 'watch-torn' } });
      expect(await torn.ended).toBeInstanceOf(Error);

      const malformed = await open();
      api.faults.add({ count: 1, effect: { type: 'watch-malformed' } });
      expect(await malformed.ended).toBeInstanceOf(SyntaxError);

      const expired = await open();
      api.faults.add({
        count: 1,
        effect: { type: 'watch-expired', afterEvents: 1 },
      });
      api.store.create(configMap('one'), writer);
      expect((await expired.next()).type).toBe('ADDED');
      api.store.create(configMap('two'), writer);
      expect((await expired.next()).object.code).toBe(410);
      expect(await expired.ended).toBeUndefined();

      const silent = await client.watch(path, {
        resourceVersion: 0,
        allowWatchBookmarks: true,
      });
      await silent.next(({ type }) => type === 'BOOKMARK');
      api.faults.add({ count: 1, effect: { type: 'watch-silent' } });
      api.store.create(configMap('unseen'), writer);
      await expect(
        silent.next(({ object }) => object.metadata.name === 'unseen', 300),
      ).rejects.toThrow('in time');
      await silent.close();
    });

    it('are switched over HTTP, by administrators', async () => {
      const { client } = await start();
      const stranger = await client.request('POST', '/sandbox/faults', {
        body: {},
        token: 'nobody',
      });
      expect(stranger.status).toBe(401);
      const wrong = await client.post('/sandbox/faults', { effect: {} });
      expect(wrong.status).toBe(400);
      const added = await client.post('/sandbox/faults', {
        match: { path: 'configmaps$' },
        effect: { type: 'status', code: 503 },
      });
      expect(added.status).toBe(201);
      expect((await client.get(path)).status).toBe(503);
      expect((await client.get('/sandbox/faults')).body).toMatchObject([
        { id: added.body.id, effect: { code: 503 } },
      ]);
      await client.delete(`/sandbox/faults/${added.body.id}`);
      expect((await client.get(path)).status).toBe(200);
    });
  });

  describe('users', () => {
    it('knows them by token, and lets nobody in without one', async () => {
      const user = 'system:serviceaccount:default:reader';
      const { api, client, url } = await start({
        users: [{ token: 'reader', name: user }],
      });
      const forbidden = await client.request('GET', path, { token: 'reader' });
      expect(forbidden.status).toBe(403);
      api.store.apply(
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'reader', namespace: 'default' },
          roleRef: { kind: 'ClusterRole', name: 'view' },
          subjects: [
            { kind: 'ServiceAccount', name: 'reader', namespace: 'default' },
          ],
        },
        writer,
      );
      const allowed = await client.request('GET', path, { token: 'reader' });
      expect(allowed.status).toBe(200);
      const anonymous = await fetch(`${url}/api`);
      expect(anonymous.status).toBe(403);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    });

    it('holds callers in the same process to their rights', async () => {
      const { api } = await start();
      const user = 'system:serviceaccount:default:deployer';
      const apply = () =>
        api.store.apply(
          {
            ...deployment('web'),
            metadata: { name: 'web', namespace: 'default' },
          },
          { ...writer, user },
        );
      expect(apply).toThrow(StatusError);
      expect(apply).toThrow(
        `deployments.apps "web" is forbidden: User "${user}" cannot patch resource "deployments" in API group "apps" in the namespace "default"`,
      );
      api.store.create(
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'deployer', namespace: 'default' },
          roleRef: { kind: 'ClusterRole', name: 'admin' },
          subjects: [
            { kind: 'ServiceAccount', name: 'deployer', namespace: 'default' },
          ],
        },
        writer,
      );
      expect(apply().created).toBe(true);
      expect(() =>
        api.store.get(kinds.Secret, 'kube-system', 'x', { user }),
      ).toThrow('cannot get resource "secrets"');
    });
  });

  it('never makes a broken image ready, keeps what runs, and says why', async () => {
    const { api, client } = await start({ podReadyMs: 10 });
    const apps = '/apis/apps/v1/namespaces/default/deployments';
    await client.post(apps, deployment('web', 1));
    const condition = async (type: string) => {
      const { body } = await client.get(`${apps}/web`);
      return {
        status: body.status,
        condition: body.status.conditions.find(
          (entry: { type: string }) => entry.type === type,
        ),
      };
    };
    await eventually(async () => {
      expect((await condition('Progressing')).condition.reason).toBe(
        'NewReplicaSetAvailable',
      );
    });
    await client.mergePatch(`${apps}/web`, {
      spec: {
        progressDeadlineSeconds: 1,
        template: {
          spec: {
            containers: [{ name: 'app', image: 'app:does-not-exist' }],
          },
        },
      },
    });
    await eventually(async () => {
      const pods = api.store.list(kinds.Pod, 'default', 'app=web');
      expect(pods).toHaveLength(2);
      expect(JSON.stringify(pods)).toContain('ImagePullBackOff');
      const { status, condition: progressing } = await condition('Progressing');
      expect(status).toMatchObject({
        replicas: 2,
        updatedReplicas: 1,
        availableReplicas: 1,
        unavailableReplicas: 1,
      });
      expect(progressing).toMatchObject({
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
      });
    }, 15_000);
    expect((await condition('Available')).condition.status).toBe('True');
    const [event] = api.store.list(kinds.Event, 'default');
    expect(event).toMatchObject({ type: 'Warning', reason: 'Failed' });
  }, 30_000);

  it('brings the other workloads up as well', async () => {
    const { api, client } = await start({ podReadyMs: 5 });
    const { template } = deployment('sets').spec;
    const selector = { matchLabels: { app: 'sets' } };
    const base = '/apis/apps/v1/namespaces/default';
    await client.post(`${base}/statefulsets`, {
      metadata: { name: 'numbered' },
      spec: { replicas: 2, serviceName: 'numbered', selector, template },
    });
    await client.post(`${base}/daemonsets`, {
      metadata: { name: 'everywhere' },
      spec: { selector, template },
    });
    await client.post('/apis/batch/v1/namespaces/default/jobs', {
      metadata: { name: 'once' },
      spec: {
        template: { spec: { ...template.spec, restartPolicy: 'Never' } },
      },
    });
    await eventually(async () => {
      const status = (
        kind: 'StatefulSet' | 'DaemonSet' | 'Job',
        name: string,
      ) => api.store.get(kinds[kind], 'default', name)?.status;
      expect(status('StatefulSet', 'numbered')).toMatchObject({
        readyReplicas: 2,
        updatedReplicas: 2,
      });
      expect(status('DaemonSet', 'everywhere')).toMatchObject({
        numberReady: 1,
        numberAvailable: 1,
      });
      expect(status('Job', 'once')).toMatchObject({
        succeeded: 1,
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'Complete', status: 'True' }),
        ]),
      });
    });
  });

  it('serves the official client', async () => {
    const { api, url } = await start();
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: url, skipTLSVerify: true }],
      users: [{ name: 'u', token }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    const core = config.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespace();
    expect(items.map(({ metadata }) => metadata?.name)).toContain('default');
    await expect(
      core.readNamespacedSecret({ name: 'absent', namespace: 'default' }),
    ).rejects.toMatchObject({ code: 404 });

    const custom = config.makeApiClient(CustomObjectsApi);
    await expect(
      custom.createNamespacedCustomObject({
        group: 'kustomize.toolkit.fluxcd.io',
        version: 'v1',
        namespace: 'default',
        plural: 'kustomizations',
        body: {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name: 'app' },
          spec: { interval: '1m' },
        },
      }),
    ).rejects.toMatchObject({ code: 422 });

    const seen = new Promise(resolve => {
      new Watch(config)
        .watch(
          path,
          { resourceVersion: '0' },
          (type, object) => resolve([type, object.metadata.name]),
          () => undefined,
        )
        .then(controller => stops.unshift(() => controller.abort()));
    });
    api.store.create(configMap('seen'), writer);
    expect(await seen).toEqual(['ADDED', 'seen']);
  });

  it('lists and watches ten thousand objects', async () => {
    const { api, client, url } = await start({ workloads: false });
    const create = (n: number) =>
      api.store.create(
        {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name: `app-${n}`, namespace: 'default' },
          spec: {
            interval: '1m',
            prune: true,
            path: './deploy',
            sourceRef: { kind: 'GitRepository', name: `repo-${n}` },
          },
        },
        writer,
      );
    for (let n = 0; n < 10_000; n++) {
      create(n);
    }
    const all = '/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations';
    const answer = await fetch(url + all, {
      headers: { Authorization: `Bearer ${token}`, 'Accept-Encoding': 'gzip' },
    });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect((await answer.json()).items).toHaveLength(10_000);

    let count = 0;
    let next: string | undefined;
    do {
      const { body } = await client.get(all, {
        limit: 500,
        ...(next ? { continue: next } : {}),
      });
      count += body.items.length;
      next = body.metadata.continue;
    } while (next);
    expect(count).toBe(10_000);

    const watch = await client.watch(all);
    await watch.next(({ object }) => object.metadata.name === 'app-9999');
    create(10_000);
    await watch.next(({ object }) => object.metadata.name === 'app-10000');
    await watch.close();
  }, 60_000);
});

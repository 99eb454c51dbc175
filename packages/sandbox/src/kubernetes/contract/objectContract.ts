import type { ContractContext } from './kubernetesContract';

/** A deployment with one container. */
export function deployment(
  name: string,
  replicas = 1,
  image = 'registry.example/app:1',
) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image }] },
      },
    },
  };
}

/** Documents, single objects and what is refused. */
export function objectContract(context: ContractContext): void {
  const core = (resource: string) =>
    `/api/v1/namespaces/${context.namespace}/${resource}`;
  const apps = (resource: string) =>
    `/apis/apps/v1/namespaces/${context.namespace}/${resource}`;

  describe('documents', () => {
    it('tells version, health and what it serves', async () => {
      const { client } = context;
      expect((await client.get('/version')).body.major).toBe('1');
      for (const path of ['/healthz', '/livez', '/readyz']) {
        expect((await client.get(path)).text).toBe('ok');
      }
      const groups = (await client.get('/apis')).body;
      expect(groups.kind).toBe('APIGroupList');
      expect(
        groups.groups.find((group: { name: string }) => group.name === 'apps')
          .preferredVersion.groupVersion,
      ).toBe('apps/v1');
      const { resources } = (await client.get('/api/v1')).body;
      const byName = (name: string) =>
        resources.find((resource: { name: string }) => resource.name === name);
      expect(byName('secrets')).toMatchObject({
        kind: 'Secret',
        namespaced: true,
        verbs: expect.arrayContaining(['get', 'list', 'watch', 'patch']),
      });
      expect(byName('namespaces')).toMatchObject({
        namespaced: false,
        shortNames: ['ns'],
      });
      expect(byName('namespaces/status')).toBeDefined();
    });

    it('tells unknown paths and resources apart', async () => {
      const { client } = context;
      const group = await client.get('/apis/unknown.example/v1/things');
      expect(group.status).toBe(404);
      expect(group.text.trim()).toBe('404 page not found');
      const resource = await client.get('/api/v1/things');
      expect(resource.status).toBe(404);
      expect(resource.body).toMatchObject({
        kind: 'Status',
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      });
    });
  });

  describe('objects', () => {
    it('creates, reads, changes and deletes', async () => {
      const { client, namespace } = context;
      const created = await client.post(core('secrets'), {
        metadata: { name: 'crud', labels: { a: 'b' } },
        stringData: { key: 'text' },
      });
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'Opaque',
        data: { key: 'dGV4dA==' },
        metadata: { name: 'crud', namespace },
      });
      expect(created.body.stringData).toBeUndefined();
      expect(created.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(created.body.metadata.creationTimestamp).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      );
      expect(created.body.metadata.generation).toBeUndefined();

      const again = await client.post(core('secrets'), {
        metadata: { name: 'crud' },
      });
      expect(again.body).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
        message: 'secrets "crud" already exists',
        details: { name: 'crud', kind: 'secrets' },
      });

      const read = await client.get(core('secrets/crud'));
      expect(read.body).toEqual(created.body);

      const replaced = await client.put(core('secrets/crud'), {
        ...read.body,
        data: { key: 'b3RoZXI=' },
      });
      expect(replaced.status).toBe(200);
      expect(Number(replaced.body.metadata.resourceVersion)).toBeGreaterThan(
        Number(read.body.metadata.resourceVersion),
      );

      const stale = await client.put(core('secrets/crud'), read.body);
      expect(stale.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on secrets "crud": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'crud', kind: 'secrets' },
      });

      const wrong = await client.delete(core('secrets/crud'), {
        body: { preconditions: { uid: 'not-this-one' } },
      });
      expect(wrong.status).toBe(409);
      expect(wrong.body.message).toBe(
        `Operation cannot be fulfilled on Secret "crud": the UID in the precondition (not-this-one) does not match the UID in record (${created.body.metadata.uid}). The object might have been deleted and then recreated`,
      );

      const removed = await client.delete(core('secrets/crud'));
      expect(removed.status).toBe(200);
      expect(removed.body).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'crud', kind: 'secrets' },
      });
      const gone = await client.get(core('secrets/crud'));
      expect(gone.body).toMatchObject({
        kind: 'Status',
        code: 404,
        reason: 'NotFound',
        message: 'secrets "crud" not found',
        details: { name: 'crud', kind: 'secrets' },
      });
    });

    it('does not count writes that change nothing', async () => {
      const { client } = context;
      await client.post(core('configmaps'), {
        metadata: { name: 'same' },
        data: { a: '1' },
      });
      const first = await client.mergePatch(core('configmaps/same'), {
        data: { a: '1' },
      });
      const second = await client.put(core('configmaps/same'), first.body);
      const third = await client.mergePatch(core('configmaps/same'), {
        data: { a: '1', b: null },
      });
      expect(second.body.metadata.resourceVersion).toBe(
        first.body.metadata.resourceVersion,
      );
      expect(third.body.metadata.resourceVersion).toBe(
        first.body.metadata.resourceVersion,
      );
    });

    it('completes generated names', async () => {
      const { body } = await context.client.post(core('configmaps'), {
        metadata: { generateName: 'made-' },
      });
      expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    it('stores nothing in a dry run', async () => {
      const { client } = context;
      const answer = await client.post(
        core('configmaps'),
        { metadata: { name: 'dry' } },
        { query: { dryRun: 'All' } },
      );
      expect(answer.status).toBe(201);
      expect((await client.get(core('configmaps/dry'))).status).toBe(404);
    });

    it('refuses what is wrong, and says what', async () => {
      const { client } = context;
      const badName = await client.post(core('secrets'), {
        metadata: { name: 'Bad_Name' },
      });
      expect(badName.status).toBe(422);
      expect(badName.body.reason).toBe('Invalid');
      expect(badName.body.message).toMatch(
        /^Secret "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of/,
      );
      expect(badName.body.details).toMatchObject({
        name: 'Bad_Name',
        kind: 'Secret',
        causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }],
      });

      const noName = await client.post(core('secrets'), { metadata: {} });
      expect(noName.status).toBe(422);
      expect(noName.body.message).toContain('name or generateName is required');

      const noNamespace = await client.post(
        '/api/v1/namespaces/contract-absent/secrets',
        { metadata: { name: 'x' } },
      );
      expect(noNamespace.body).toMatchObject({
        code: 404,
        reason: 'NotFound',
        message: 'namespaces "contract-absent" not found',
        details: { name: 'contract-absent', kind: 'namespaces' },
      });

      const elsewhere = await client.post(core('secrets'), {
        metadata: { name: 'x', namespace: 'default' },
      });
      expect(elsewhere.body).toMatchObject({
        code: 400,
        message:
          'the namespace of the provided object does not match the namespace sent on the request',
      });

      const notBase64 = await client.post(core('secrets'), {
        metadata: { name: 'x' },
        data: { key: '%' },
      });
      expect(notBase64.status).toBe(400);
      expect(notBase64.body.message).toContain('illegal base64 data');

      const basicAuth = await client.post(core('secrets'), {
        metadata: { name: 'x' },
        type: 'kubernetes.io/basic-auth',
      });
      expect(basicAuth.status).toBe(422);

      const notJson = await client.request('POST', core('secrets'), {
        body: {},
        contentType: 'text/plain',
      });
      expect(notJson.status).toBe(415);
    });

    it('keeps immutable fields', async () => {
      const { client } = context;
      await client.post(core('secrets'), { metadata: { name: 'typed' } });
      const type = await client.mergePatch(core('secrets/typed'), {
        type: 'example.com/other',
      });
      expect(type.status).toBe(422);
      expect(type.body.message).toContain('field is immutable');

      await client.post(apps('deployments'), deployment('fixed', 0));
      const selector = await client.mergePatch(apps('deployments/fixed'), {
        spec: {
          selector: { matchLabels: { app: 'other' } },
          template: { metadata: { labels: { app: 'other' } } },
        },
      });
      expect(selector.status).toBe(422);
      expect(selector.body.message).toMatch(
        /^Deployment\.apps "fixed" is invalid: spec\.selector: Invalid value: .*: field is immutable$/,
      );
      expect(selector.body.details).toMatchObject({
        group: 'apps',
        kind: 'Deployment',
      });
    });

    it('refuses a deployment that cannot work', async () => {
      const { client } = context;
      const wrong = deployment('wrong');
      wrong.spec.template.metadata.labels.app = 'other';
      const labels = await client.post(apps('deployments'), wrong);
      expect(labels.status).toBe(422);
      expect(labels.body.message).toContain(
        '`selector` does not match template `labels`',
      );
      const empty = deployment('empty');
      empty.spec.template.spec.containers = [];
      const containers = await client.post(apps('deployments'), empty);
      expect(containers.body.message).toBe(
        'Deployment.apps "empty" is invalid: spec.template.spec.containers: Required value',
      );
    });

    it('counts generations by spec, and keeps status apart', async () => {
      const { client } = context;
      const created = await client.post(apps('deployments'), {
        ...deployment('generations', 0),
        status: { replicas: 7 },
      });
      expect(created.body.metadata.generation).toBe(1);
      expect(created.body.status.replicas).toBeUndefined();
      expect(created.body.spec).toMatchObject({
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
        },
      });

      const path = apps('deployments/generations');
      const labelled = await client.mergePatch(path, {
        metadata: { labels: { a: 'b' } },
        status: { replicas: 7 },
      });
      expect(labelled.body.metadata.generation).toBe(1);
      expect(labelled.body.status.replicas).toBeUndefined();
      const paused = await client.mergePatch(path, { spec: { paused: true } });
      expect(paused.body.metadata.generation).toBe(2);

      const status = await client.mergePatch(`${path}/status`, {
        status: { collisionCount: 3 },
        spec: { paused: false },
      });
      expect(status.status).toBe(200);
      expect(status.body.status.collisionCount).toBe(3);
      expect(status.body.spec.paused).toBe(true);
      expect(status.body.metadata.generation).toBe(2);
      expect((await client.get(`${path}/status`)).body.kind).toBe('Deployment');
    });
  });

  describe('patches', () => {
    it('knows JSON patch and strategic merge patch', async () => {
      const { client } = context;
      await client.post(apps('deployments'), deployment('patched', 0));
      const path = apps('deployments/patched');
      const json = await client.request('PATCH', path, {
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/spec/replicas', value: 0 },
          { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
        ],
      });
      expect(json.body.metadata.labels).toEqual({ a: 'b' });
      const failing = await client.request('PATCH', path, {
        contentType: 'application/json-patch+json',
        body: [{ op: 'test', path: '/spec/replicas', value: 5 }],
      });
      expect(failing.status).toBe(422);

      const strategic = await client.request('PATCH', path, {
        contentType: 'application/strategic-merge-patch+json',
        body: {
          spec: {
            template: {
              spec: { containers: [{ name: 'side', image: 'side:1' }] },
            },
          },
        },
      });
      expect(
        strategic.body.spec.template.spec.containers
          .map(({ name }: { name: string }) => name)
          .sort(),
      ).toEqual(['app', 'side']);
      const without = await client.request('PATCH', path, {
        contentType: 'application/strategic-merge-patch+json',
        body: {
          spec: {
            template: {
              spec: { containers: [{ name: 'side', $patch: 'delete' }] },
            },
          },
        },
      });
      expect(without.body.spec.template.spec.containers).toHaveLength(1);

      const unknown = await client.request('PATCH', path, {
        contentType: 'application/json',
        body: {},
      });
      expect(unknown.status).toBe(415);
    });
  });
}

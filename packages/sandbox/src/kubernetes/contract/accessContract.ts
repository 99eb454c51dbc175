import { eventually } from './ContractClient';
import type { ContractContext } from './kubernetesContract';

/** Who may do what. */
export function accessContract(context: ContractContext): void {
  const user = () => `system:serviceaccount:${context.namespace}:deployer`;
  const as = () => ({ headers: { 'Impersonate-User': user() } });
  const core = (rest: string) =>
    `/api/v1/namespaces/${context.namespace}/${rest}`;
  const rbac = (rest: string) =>
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${context.namespace}/${rest}`;
  const config = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { a: '1' },
  });

  describe('access', () => {
    it('refuses a token nobody has', async () => {
      const { status, body } = await context.client.request('GET', '/api/v1', {
        token: 'nobody',
      });
      expect(status).toBe(401);
      expect(body).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      });
    });

    it('forbids what no role allows, in words that name it', async () => {
      const { client, namespace } = context;
      const patched = await client.apply(
        `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web' },
        },
        'deployer',
        as(),
      );
      expect(patched.body).toMatchObject({
        code: 403,
        reason: 'Forbidden',
        message: `deployments.apps "web" is forbidden: User "${user()}" cannot patch resource "deployments" in API group "apps" in the namespace "${namespace}"`,
        details: { name: 'web', group: 'apps', kind: 'deployments' },
      });
      const listed = await client.request('GET', core('secrets'), as());
      expect(listed.body.message).toBe(
        `secrets is forbidden: User "${user()}" cannot list resource "secrets" in API group "" in the namespace "${namespace}"`,
      );
      const cluster = await client.request('GET', '/api/v1/namespaces', as());
      expect(cluster.body.message).toBe(
        `namespaces is forbidden: User "${user()}" cannot list resource "namespaces" in API group "" at the cluster scope`,
      );
    });

    it('allows what a role binding gives, and no more', async () => {
      const { client, namespace } = context;
      const role = await client.post(rbac('roles'), {
        metadata: { name: 'writer' },
        rules: [
          {
            apiGroups: [''],
            resources: ['configmaps'],
            verbs: ['get', 'patch'],
          },
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['rolebindings'],
            verbs: ['create'],
          },
        ],
      });
      expect(role.status).toBe(201);
      const binding = await client.post(rbac('rolebindings'), {
        metadata: { name: 'writer' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'Role',
          name: 'writer',
        },
        subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
      });
      expect(binding.status).toBe(201);

      await eventually(async () => {
        const refused = await client.apply(
          core('configmaps/granted'),
          config('granted'),
          'deployer',
          as(),
        );
        // To create by apply takes the right to create as well.
        expect(refused.body.message).toBe(
          `configmaps "granted" is forbidden: User "${user()}" cannot create resource "configmaps" in API group "" in the namespace "${namespace}"`,
        );
      });
      await client.apply(
        core('configmaps/granted'),
        config('granted'),
        'admin',
      );
      const patched = await client.mergePatch(
        core('configmaps/granted'),
        { data: { b: '2' } },
        as(),
      );
      expect(patched.status).toBe(200);
      const deleted = await client.delete(core('configmaps/granted'), as());
      expect(deleted.status).toBe(403);

      const escalated = await client.post(
        rbac('rolebindings'),
        {
          metadata: { name: 'more' },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: 'admin',
          },
          subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
        },
        as(),
      );
      expect(escalated.status).toBe(403);
      expect(escalated.body.message).toContain(
        'is attempting to grant RBAC permissions not currently held',
      );
    });

    it('keeps the role of a binding', async () => {
      const { client } = context;
      const { status, body } = await client.mergePatch(
        rbac('rolebindings/writer'),
        { roleRef: { name: 'other' } },
      );
      expect(status).toBe(422);
      expect(body.message).toContain('cannot change roleRef');
    });

    it('answers access reviews', async () => {
      const { client, namespace } = context;
      const review = (verb: string) =>
        client.post(
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            spec: {
              resourceAttributes: { namespace, verb, resource: 'configmaps' },
            },
          },
          as(),
        );
      const allowed = await review('patch');
      expect(allowed.status).toBe(201);
      expect(allowed.body.status.allowed).toBe(true);
      expect((await review('delete')).body.status.allowed).toBe(false);
    });

    it('has the built-in roles for administrators of a namespace', async () => {
      for (const name of ['cluster-admin', 'admin', 'edit', 'view']) {
        const { status, body } = await context.client.get(
          `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`,
        );
        expect(status).toBe(200);
        expect(body.rules.length).toBeGreaterThan(0);
      }
    });
  });
}

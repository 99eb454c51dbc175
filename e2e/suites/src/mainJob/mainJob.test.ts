import { waitUntil } from '@backstage-gitops/control-plane';
import { runMainJob, type MainJob } from '@backstage-gitops/launcher';
import { changeFile } from '../harness/giteaFiles';
import {
  expectRowsToMatch,
  identities,
  readProjectState,
} from '../harness/compareWithCluster';
import { setUpLog } from '../harness/setUpLog';
import {
  waitForEnvironments,
  waitUntilReadyAt,
} from '../harness/waitForEnvironments';
import { availableDatabases } from '../harness/databases';
import { Workbench } from '../harness/Workbench';

const ENVIRONMENTS = ['development', 'staging', 'production'];
const REPLICAS: Record<string, number> = {
  development: 1,
  staging: 2,
  production: 3,
};
const SLUG = 'orders';
const HOME = `project-${SLUG}`;

const LABELS = {
  'app.kubernetes.io/managed-by': 'backstage-gitops',
  'backstage-gitops.dev/project': SLUG,
  'backstage.io/kubernetes-id': SLUG,
};

/** Set-up on real parts, and Ready after it, in milliseconds. */
const SETUP_LIMIT_MS = 15_000;
const READY_LIMIT_MS = 20_000;

jest.setTimeout(180_000);

// From the template to the days after, on real parts. The tests build on each
// other: each goes on where the one before ended.
describe.each(availableDatabases())(
  'the main job on $title',
  ({ title, make }) => {
    let bench: Workbench;
    let job: MainJob;
    let commit: string;

    beforeAll(async () => {
      bench = await Workbench.start({ database: make?.() });
      const { portal, backing } = bench;
      job = await runMainJob({ portal, backing, slug: SLUG });
    });
    afterAll(() => bench?.stop());

    const overlay = (environment: string, file = 'kustomization.yaml') =>
      `deploy/overlays/${environment}/${file}`;
    const deployment = (environment: string) =>
      bench.cluster().api.get<{
        metadata: { uid: string; generation: number; resourceVersion: string };
        spec: { replicas: number };
        status: { readyReplicas?: number };
      }>({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: `${HOME}-${environment}`,
        name: SLUG,
      });

    it('brings three environments to Ready in time', async () => {
      const { result, task } = job;
      expect(result.problems).toEqual([]);
      expect(task.status).toBe('completed');
      expect(
        result.steps.map(({ step, status, progress }) => [
          step,
          status,
          progress,
        ]),
      ).toEqual(
        [
          'resolve_credentials',
          'create_repository',
          'push_template',
          'create_records',
          'create_environments',
          'setup_gitops',
          'finish',
        ].map(step => [step, 'completed', 100]),
      );
      expect(result.elapsedMs.initialized).toBeLessThan(SETUP_LIMIT_MS);
      expect(result.elapsedMs.ready).toBeLessThan(READY_LIMIT_MS);
      process.stderr.write(
        `[e2e] the main job on ${title}: set-up ${result.elapsedMs.initialized} ms, Ready ${result.elapsedMs.ready} ms after it\n`,
      );
    });

    it('makes a private repository with the pushed commit', async () => {
      const { gitea } = bench;
      const path = `/repos/${gitea.organization}/${SLUG}`;
      const repository = await gitea.request<{
        private: boolean;
        default_branch: string;
        topics: string[];
      }>('GET', path);
      const commits = await gitea.request<
        { sha: string; commit: { message: string } }[]
      >('GET', `${path}/commits?sha=main`);
      expect(repository).toMatchObject({
        private: true,
        default_branch: 'main',
      });
      expect(commits).toHaveLength(1);
      commit = commits![0].sha;
      expect(job.task.output).toBeDefined();
      expect(job.result.environments.map(({ revision }) => revision)).toEqual(
        ENVIRONMENTS.map(() => `main@sha1:${commit}`),
      );

      const [{ id }] = await bench.database.rows('projects', { slug: SLUG });
      expect(repository!.topics).toHaveLength(1);
      expect(String(id).replaceAll('-', '')).toContain(
        repository!.topics[0].split('-').at(-1),
      );
    });

    it('writes down what stands in the cluster, object by object', async () => {
      const state = await readProjectState(bench, SLUG);
      expectRowsToMatch(state);
      expect(state.project).toMatchObject({ slug: SLUG, status: 'active' });
      expect(
        state.environments.map(({ name, type, status, namespace }) => ({
          name,
          type,
          status,
          namespace,
        })),
      ).toEqual(
        ENVIRONMENTS.map(name => ({
          name,
          type: name,
          status: 'active',
          namespace: `${HOME}-${name}`,
        })),
      );
      expect(
        state.resources.map(({ row }) => [
          row.type,
          row.name,
          row.namespace,
          state.environments.find(({ id }) => id === row.environment_id)?.name,
        ]),
      ).toEqual([
        ['kustomization', `${SLUG}-development`, HOME, 'development'],
        ['kustomization', `${SLUG}-production`, HOME, 'production'],
        ['git-repository', `${SLUG}-repo`, HOME, undefined],
        ['kustomization', `${SLUG}-staging`, HOME, 'staging'],
      ]);

      const steps = await bench.database.rows(
        'project_initialization_steps',
        { project_id: state.project.id },
        'sequence',
      );
      expect(steps.map(({ status }) => status)).toEqual(
        Array(7).fill('completed'),
      );
      expect(steps.every(({ duration }) => Number(duration) >= 0)).toBe(true);
    });

    it('makes every object as promised', async () => {
      const { api } = bench.cluster();
      const { project, resources } = await readProjectState(bench, SLUG);
      const annotations = { 'backstage-gitops.dev/project-id': project.id };
      const environmentLabels = (name: string) => ({
        ...LABELS,
        'backstage-gitops.dev/environment': name,
      });

      for (const [namespace, labels] of [
        [HOME, LABELS],
        ...ENVIRONMENTS.map(
          name => [`${HOME}-${name}`, environmentLabels(name)] as const,
        ),
      ] as const) {
        const object = await api.get({
          apiVersion: 'v1',
          kind: 'Namespace',
          name: namespace,
        });
        expect(object).toMatchObject({
          metadata: {
            labels: { ...labels, 'kubernetes.io/metadata.name': namespace },
            annotations,
          },
        });
        const secrets = await api.list<{
          type: string;
          metadata: unknown;
          data: Record<string, string>;
        }>({ apiVersion: 'v1', kind: 'Secret', namespace });
        expect(secrets).toHaveLength(1);
        expect(secrets[0]).toMatchObject({
          type: 'kubernetes.io/basic-auth',
          metadata: { name: `${SLUG}-git-auth`, labels: LABELS, annotations },
        });
        expect(
          Object.fromEntries(
            Object.entries(secrets[0].data).map(([key, value]) => [
              key,
              Buffer.from(value, 'base64').toString(),
            ]),
          ),
        ).toEqual({
          username: bench.gitea.username,
          password: bench.gitea.token,
        });
      }

      for (const name of ENVIRONMENTS) {
        const deployer = `${name}-deployer`;
        expect(
          await api.get({
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            namespace: HOME,
            name: deployer,
          }),
        ).toMatchObject({
          metadata: { labels: environmentLabels(name), annotations },
        });
        const bindings = await api.list({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          namespace: `${HOME}-${name}`,
        });
        expect(bindings).toEqual([
          expect.objectContaining({
            roleRef: {
              apiGroup: 'rbac.authorization.k8s.io',
              kind: 'ClusterRole',
              name: 'admin',
            },
            subjects: [
              { kind: 'ServiceAccount', name: deployer, namespace: HOME },
            ],
          }),
        ]);

        const may = async (environment: string) => {
          const response = await api.request(
            'POST',
            '/apis/authorization.k8s.io/v1/subjectaccessreviews',
            JSON.stringify({
              apiVersion: 'authorization.k8s.io/v1',
              kind: 'SubjectAccessReview',
              spec: {
                user: `system:serviceaccount:${HOME}:${deployer}`,
                resourceAttributes: {
                  verb: 'patch',
                  group: 'apps',
                  resource: 'deployments',
                  namespace: `${HOME}-${environment}`,
                },
              },
            }),
          );
          const { status } = (await response.json()) as {
            status: { allowed: boolean };
          };
          return status.allowed;
        };
        for (const environment of ENVIRONMENTS) {
          expect([name, environment, await may(environment)]).toEqual([
            name,
            environment,
            name === environment,
          ]);
        }
      }

      const source = resources.find(({ row }) => row.type !== 'kustomization')!;
      expect(source.object.metadata).toMatchObject({
        labels: LABELS,
        annotations,
      });
      expect(source.object.spec).toEqual({
        url: `${bench.gitea.url}/${bench.gitea.organization}/${SLUG}.git`,
        ref: { branch: 'main' },
        interval: '1m',
        timeout: '60s',
        secretRef: { name: `${SLUG}-git-auth` },
      });
      for (const name of ENVIRONMENTS) {
        const { object } = resources.find(
          ({ row }) => row.name === `${SLUG}-${name}`,
        )!;
        expect(object.metadata).toMatchObject({
          labels: environmentLabels(name),
          annotations,
        });
        expect(object.spec).toMatchObject({
          sourceRef: { kind: 'GitRepository', name: `${SLUG}-repo` },
          path: `./${overlay(name, '')}`.replace(/\/$/, ''),
          targetNamespace: `${HOME}-${name}`,
          serviceAccountName: `${name}-deployer`,
          prune: true,
          wait: true,
          timeout: '3m',
          interval: '10m',
          retryInterval: '1m',
        });
        expect(object.status?.conditions).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ type: 'Ready', status: 'True' }),
            expect.objectContaining({ type: 'Healthy', status: 'True' }),
          ]),
        );
        expect(await deployment(name)).toMatchObject({
          spec: { replicas: REPLICAS[name] },
          status: { readyReplicas: REPLICAS[name] },
        });
      }
    });

    it('says in its log what it did, in order, and nothing to worry about', () => {
      expect(setUpLog(bench.portal.log, SLUG)).toEqual([
        `Creating credential for project ${SLUG}`,
        `Created token credential for project ${SLUG}`,
        ...ENVIRONMENTS.flatMap((name, index) => [
          `Creating namespace: ${HOME}-${name}`,
          ...(index === 0
            ? [`Creating GitRepository: ${SLUG}-repo in ${HOME}`]
            : []),
          `Creating Kustomization: ${SLUG}-${name} in ${HOME}`,
          `GitOps setup completed for environment: ${name}`,
        ]),
        `Project ${SLUG} initialization completed successfully`,
      ]);
      expect(
        bench.portal.log.filter(
          ({ level }) => level === 'warn' || level === 'error',
        ),
      ).toEqual([]);
    });

    it('shows the component and its history in the portal', async () => {
      const { client } = bench;
      await client.waitForEntity('component', SLUG);
      const { document, bytes } = await client.entityDocument(SLUG);
      expect(document.clusters).toEqual([
        expect.objectContaining({ state: 'live' }),
      ]);
      expect(bytes).toBeLessThanOrEqual(4096);
      await waitUntil('a deployment of each environment', async () => {
        const { items } = await client.deployments(SLUG);
        return (
          items.length === 3 &&
          items.every(
            item => item.status === 'succeeded' && item.commit === commit,
          )
        );
      });
    });

    it('gives the token to nobody', async () => {
      const { client, gitea, portal } = bench;
      const answers = await Promise.all(
        [
          `/gitops/projects`,
          `/gitops/projects/${SLUG}`,
          `/gitops/projects/${SLUG}/events`,
          `/gitops/projects/${SLUG}/deployments`,
          `/gitops/projects/${SLUG}/diagnosis`,
          `/gitops/entities/component/default/${SLUG}`,
          `/gitops/connections`,
          `/gitops/clusters`,
          `/scaffolder/v2/tasks/${job.task.id}`,
          `/scaffolder/v2/tasks/${job.task.id}/events`,
          `/catalog/entities/by-name/component/default/${SLUG}`,
        ].map(path => client.text('GET', path)),
      );
      const everything = Buffer.concat([
        Buffer.from(answers.join('\n')),
        Buffer.from(portal.log.map(({ text }) => text).join('\n')),
        await bench.database.everything(),
      ]);
      expect(everything.includes(HOME)).toBe(true);
      for (const form of ['utf8', 'base64', 'hex'] as const) {
        expect(
          everything.includes(Buffer.from(gitea.token).toString(form)),
        ).toBe(false);
      }
    });

    it('finds everything there when the same form is sent again', async () => {
      const before = identities(await readProjectState(bench, SLUG));
      const { portal, backing, gitea } = bench;
      const again = await runMainJob({ portal, backing, slug: SLUG });
      expect(again.result.problems).toEqual([]);
      expect(identities(await readProjectState(bench, SLUG))).toEqual(before);
      const repositories = await gitea.request<{ name: string }[]>(
        'GET',
        `/orgs/${gitea.organization}/repos`,
      );
      expect(
        repositories!.map(({ name }) => name).filter(name => name.match(SLUG)),
      ).toEqual([SLUG]);
      expect(await backing.branchCommit(gitea.organization, SLUG, 'main')).toBe(
        commit,
      );
    });

    it('follows a push', async () => {
      const { client } = bench;
      const pushed = await changeFile(
        bench.gitea,
        SLUG,
        'deploy/base/service.yaml',
        text => text.replace('port: 80', 'port: 8080'),
      );
      for (const name of ENVIRONMENTS) {
        await client.reconcile(SLUG, name);
      }
      await waitUntilReadyAt(client, SLUG, pushed);
      await waitUntil('the new deployments', async () => {
        const { items } = await client.deployments(SLUG);
        const arrived = items.filter(
          item => item.commit === pushed && item.status === 'succeeded',
        );
        return (
          new Set(arrived.map(({ environment }) => environment)).size === 3
        );
      });
      expectRowsToMatch(await readProjectState(bench, SLUG));
      commit = pushed;
    });

    it('keeps development out of production, and says why', async () => {
      const { client, gitea } = bench;
      const production = await deployment('production');
      const path = overlay('development');
      let original = '';

      // Where an overlay only names another namespace, its target stands.
      await changeFile(gitea, SLUG, path, text => {
        original = text;
        return `${text}namespace: ${HOME}-production\n`;
      });
      // It has to rewrite what was built to get past it.
      const intruding = await changeFile(
        gitea,
        SLUG,
        path,
        () => `${original}transformers:
  - |-
    apiVersion: builtin
    kind: NamespaceTransformer
    metadata:
      name: elsewhere
      namespace: ${HOME}-production
    fieldSpecs:
      - path: metadata/namespace
        create: true
`,
      );
      for (const name of ENVIRONMENTS) {
        await client.reconcile(SLUG, name);
      }
      const document = await waitForEnvironments(
        client,
        SLUG,
        'development refused, the others Ready',
        ({ name, resource }) =>
          name === 'development'
            ? resource?.status === 'failed'
            : resource?.status === 'ready' && resource.commit === intruding,
      );
      const { diagnosis } = document.environments[0].resource!;
      expect(diagnosis).toMatchObject({ id: 'K14' });
      for (const part of [
        `system:serviceaccount:${HOME}:development-deployer`,
        `${HOME}-production`,
      ]) {
        expect(`${diagnosis!.cause} ${diagnosis!.nextStep}`).toContain(part);
      }
      process.stderr.write(
        `[e2e] ${diagnosis!.cause} -> ${diagnosis!.nextStep}\n`,
      );
      const { items } = await client.diagnosis(SLUG);
      expect(items.filter(item => item.diagnosis)).toEqual([
        expect.objectContaining({
          environment: 'development',
          message: expect.stringMatching(/forbidden/i),
        }),
      ]);
      await waitUntil('the failed deployment', async () => {
        const page = await client.deployments(SLUG);
        return page.items.some(
          item =>
            item.environment === 'development' &&
            item.commit === intruding &&
            item.status === 'failed',
        );
      });
      // Nothing of production was touched, not even by its own name.
      expect((await deployment('production'))!.metadata).toMatchObject({
        uid: production!.metadata.uid,
        generation: production!.metadata.generation,
      });
      expect((await deployment('production'))!.spec.replicas).toBe(3);

      const mended = await changeFile(gitea, SLUG, path, () => original);
      for (const name of ENVIRONMENTS) {
        await client.reconcile(SLUG, name);
      }
      const recovered = await waitUntilReadyAt(client, SLUG, mended);
      expect(
        recovered.environments.filter(({ resource }) => resource?.diagnosis),
      ).toEqual([]);
      expectRowsToMatch(await readProjectState(bench, SLUG));
    });
  },
);

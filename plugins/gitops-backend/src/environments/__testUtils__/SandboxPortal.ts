import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import type { Knex } from 'knex';
import {
  ClusterRegistry,
  type ClusterClient,
  type ClusterObject,
} from '../../clusters';
import { createStores } from '../../database/createStores';
import { seedProject } from '../../database/__testUtils__/seedProject';
import { CapturedLogger } from '../../initialization/__testUtils__/CapturedLogger';
import { DirectClusterConnection } from '../../initialization/__testUtils__/DirectClusterConnection';
import { FluxEnvironmentActions } from '../FluxEnvironmentActions';
import { SuspensionExpiry } from '../SuspensionExpiry';

const LABELS = { 'app.kubernetes.io/managed-by': 'backstage-gitops' };

/**
 * A portal's view of one project whose Flux objects stand in a sandbox, made by
 * hand: what a set-up does is tested elsewhere.
 */
export class SandboxPortal {
  static async start(knex: Knex): Promise<SandboxPortal> {
    const directory = await mkdtemp(join(tmpdir(), 'gitops-environments-'));
    const sandbox = await startSandbox({ dataDir: directory });
    const registry = new ClusterRegistry({
      provider: {
        list: async () => ({
          connections: [
            new DirectClusterConnection('sandbox', sandbox.clusters[0]),
          ],
          refused: [],
        }),
      },
      logger: new CapturedLogger(),
    });
    return new SandboxPortal(
      knex,
      directory,
      sandbox,
      registry,
      await registry.get('sandbox'),
    );
  }

  readonly logger = new CapturedLogger();
  readonly stores;
  readonly notified: string[] = [];

  private constructor(
    readonly knex: Knex,
    private readonly directory: string,
    readonly sandbox: Sandbox,
    readonly clusters: ClusterRegistry,
    readonly client: ClusterClient,
  ) {
    this.stores = createStores(knex);
  }

  actions(options: { fetchMs?: number } = {}): FluxEnvironmentActions {
    return new FluxEnvironmentActions({
      ...this.stores,
      ...options,
      knex: this.knex,
      clusters: this.clusters,
      notifier: { notify: id => this.notified.push(id) },
    });
  }

  expiry(): SuspensionExpiry {
    return new SuspensionExpiry({
      ...this.stores,
      knex: this.knex,
      actions: this.actions(),
      logger: this.logger,
    });
  }

  /** A project with one environment, `staging`, whose overlay has these files. */
  async project(slug: string, files: Record<string, string>) {
    await this.git('POST', '/orgs/platform/repos', {
      name: slug,
      private: true,
      default_branch: 'main',
    });
    for (const [path, text] of Object.entries(files)) {
      await this.commit(slug, path, text);
    }
    const seeded = await seedProject(this.knex, slug, {
      environments: ['staging'],
    });
    const namespace = `project-${slug}`;
    for (const name of [namespace, `${namespace}-staging`]) {
      await this.apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    }
    const { username, token } = this.sandbox.git.admin;
    await this.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${slug}-git-auth`, namespace },
      type: 'kubernetes.io/basic-auth',
      stringData: { username, password: token },
    });
    await this.apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: `${slug}-repo`, namespace, labels: LABELS },
      spec: {
        interval: '10m',
        url: `${this.sandbox.git.url}/platform/${slug}.git`,
        ref: { branch: 'main' },
        secretRef: { name: `${slug}-git-auth` },
      },
    });
    await this.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: `${slug}-staging`, namespace, labels: LABELS },
      spec: {
        interval: '10m',
        path: './deploy/overlays/staging',
        prune: true,
        sourceRef: { kind: 'GitRepository', name: `${slug}-repo` },
        targetNamespace: `${namespace}-staging`,
      },
    });
    return {
      ...seeded,
      environment: seeded.environments[0].environment,
      kustomization: seeded.environments[0].kustomization,
    };
  }

  /** Writes a file to the main branch. @returns the commit */
  async commit(slug: string, path: string, text: string): Promise<string> {
    const route = `/repos/platform/${slug}/contents/${path}`;
    const known = (await this.git('GET', route)) as { sha: string } | undefined;
    const answer = (await this.git(known ? 'PUT' : 'POST', route, {
      content: Buffer.from(text).toString('base64'),
      message: `Write ${path}`,
      ...(known && { sha: known.sha }),
    })) as { commit: { sha: string } };
    return answer.commit.sha;
  }

  async flux(
    kind: 'GitRepository' | 'Kustomization',
    slug: string,
  ): Promise<ClusterObject & { spec: any; status?: any }> {
    const object = await this.client.get<
      ClusterObject & { spec: any; status?: any }
    >({
      apiVersion:
        kind === 'GitRepository'
          ? 'source.toolkit.fluxcd.io/v1'
          : 'kustomize.toolkit.fluxcd.io/v1',
      kind,
      namespace: `project-${slug}`,
      name: kind === 'GitRepository' ? `${slug}-repo` : `${slug}-staging`,
    });
    return object!;
  }

  /** Changes an object in the name of another manager. */
  async patchAs(
    manager: string,
    slug: string,
    body: object,
    { apply = false } = {},
  ): Promise<void> {
    const { url, token } = this.sandbox.clusters[0];
    const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/project-${slug}/kustomizations/${slug}-staging`;
    const response = await fetch(
      `${url}${path}?fieldManager=${manager}${apply ? '&force=true' : ''}`,
      {
        method: 'PATCH',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': apply
            ? 'application/apply-patch+yaml'
            : 'application/merge-patch+json',
        },
        body: JSON.stringify(body),
      },
    );
    if (!response.ok) {
      throw new Error(`patch as ${manager}: ${await response.text()}`);
    }
  }

  async apply(object: ClusterObject & Record<string, unknown>): Promise<void> {
    await this.client.apply(object);
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async git(
    method: string,
    path: string,
    body?: object,
  ): Promise<unknown> {
    const { url, admin } = this.sandbox.git;
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `token ${admin.token}`,
        'Content-Type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return response.ok ? response.json() : undefined;
  }
}

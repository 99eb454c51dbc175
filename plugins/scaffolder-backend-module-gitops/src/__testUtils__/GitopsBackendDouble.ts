import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CreateProjectRequest,
  type DiagnosisDocument,
  type EnvironmentDocument,
  INITIALIZATION_STEPS,
  type InitializationMessage,
  type InitializationResult,
  type InitializeRequest,
  type ProjectDocument,
  type ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';

export const FIRST_COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';

type Answer = { status: number; name: string; message: string };

/** Answers `/api/gitops` over HTTP as the GitOps backend does, for one project. */
export class GitopsBackendDouble {
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  /** Steps that have had their effect, in order; each has it once. */
  readonly effects: string[] = [];
  /** Answers the next requests of a path with errors, one each. */
  readonly failures = new Map<string, Answer[]>();
  /** Ends the streams of the next runs after so many bytes. */
  cuts: number[] = [];
  /** The run fails in this step with these words. */
  failing?: { step: string; name: string; message: string };
  /** Readings of the project, one each; the last one stays. */
  readings: Partial<ProjectDocument>[] = [];
  diagnosis: DiagnosisDocument['items'] = [];

  private readonly server: Server;
  private request?: CreateProjectRequest;

  private constructor() {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch(error => response.destroy(error));
    });
  }

  static async start(): Promise<GitopsBackendDouble> {
    const double = new GitopsBackendDouble();
    await new Promise<void>(resolve =>
      double.server.listen(0, '127.0.0.1', resolve),
    );
    return double;
  }

  get baseUrl(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/api/gitops`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  reset(): void {
    this.requests.length = 0;
    this.effects.length = 0;
    this.failures.clear();
    this.cuts = [];
    this.failing = undefined;
    this.readings = [];
    this.diagnosis = [];
    this.request = undefined;
  }

  private async handle(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    const body = text ? JSON.parse(text) : undefined;
    const method = request.method ?? '';
    const path = (request.url ?? '').replace('/api/gitops', '');
    this.requests.push({ method, path, body });

    const failure = this.failures.get(`${method} ${path}`)?.shift();
    if (failure) {
      const { status, name, message } = failure;
      json(response, status, {
        error: { name, message },
        request: { method, url: path },
        response: { statusCode: status },
      });
    } else if (path === '/projects') {
      this.request = body;
      json(response, 201, this.project());
    } else if (path.endsWith('/initialize')) {
      this.stream(body, response);
    } else if (path.endsWith('/diagnosis')) {
      json(response, 200, { items: this.diagnosis });
    } else {
      const reading =
        this.readings.length > 1 ? this.readings.shift() : this.readings[0];
      json(response, 200, { ...this.project(), ...reading });
    }
  }

  private stream({ through }: InitializeRequest, response: ServerResponse) {
    const messages: InitializationMessage[] = [];
    for (const definition of INITIALIZATION_STEPS) {
      const { step, displayName, sequence } = definition;
      const shown = { step, displayName, sequence, progress: 100 };
      if (this.failing?.step === step) {
        const { name, message } = this.failing;
        messages.push(
          {
            type: 'step',
            step: { ...shown, status: 'failed', error: message },
            progress: 50,
          },
          { type: 'error', error: { name, message } },
        );
        break;
      }
      if (!this.effects.includes(step)) {
        this.effects.push(step);
        messages.push({
          type: 'log',
          level: 'info',
          message: `Done with ${step}`,
        });
      }
      messages.push({
        type: 'step',
        step: { ...shown, status: 'completed' },
        progress: sequence,
      });
      if (through === step || step === 'finish') {
        messages.push({ type: 'heartbeat' });
        messages.push({ type: 'result', result: this.result() });
        break;
      }
    }
    const text = messages
      .map(message => `${JSON.stringify(message)}\n`)
      .join('');
    response.end(text.slice(0, this.cuts.shift()));
  }

  private environmentNames(): string[] {
    return (
      this.request?.environments?.map(({ name }) => name) ?? [
        'development',
        'staging',
        'production',
      ]
    );
  }

  private result(): InitializationResult {
    const done = (step: string) => this.effects.includes(step);
    const environments = this.environmentNames().map(name => ({
      id: `id-of-${name}`,
      name,
      cluster: 'local',
      namespace: `project-cart-${name}`,
    }));
    return {
      slug: 'cart',
      status: done('finish') ? 'active' : 'initializing',
      progress: 50,
      steps: [],
      repository: {
        provider: 'gitea',
        host: 'gitea.example.com',
        owner: 'shop',
        name: 'cart',
        url: 'https://gitea.example.com/shop/cart',
        cloneUrl: 'https://gitea.example.com/shop/cart.git',
        defaultBranch: 'main',
        visibility: 'private',
        commit: FIRST_COMMIT,
      },
      environments: done('create_environments') ? environments : [],
      gitops: done('setup_gitops')
        ? {
            success: true,
            errors: [],
            namespaces: [
              'project-cart',
              ...environments.map(({ namespace }) => namespace),
            ],
            gitRepositories: [
              { id: 'id-of-repo', name: 'cart-repo', cluster: 'local' },
            ],
            kustomizations: environments.map(({ id, name }) => ({
              id: `id-of-cart-${name}`,
              name: `cart-${name}`,
              environmentId: id,
              environment: name,
              cluster: 'local',
            })),
          }
        : undefined,
    };
  }

  private project(): ProjectDocument {
    return {
      id: 'id-of-cart',
      slug: 'cart',
      name: 'cart',
      status: 'active',
      version: 1,
      entityRef: this.request?.entityRef ?? 'component:default/cart',
      ownerRef: 'group:default/shop',
      initialization: { attempt: 1, progress: 100, running: false },
      environments: [],
      sources: [],
      clusters: [{ name: 'local', state: 'live' }],
      allowed: { update: true, delete: true },
      serverTime: '2025-01-01T00:00:00Z',
    };
  }
}

/** An environment whose Kustomization is in a state. */
export function environmentIn(
  name: string,
  state?: Partial<ResourceStateDocument>,
): EnvironmentDocument {
  return {
    name,
    displayName: name,
    type: 'custom',
    cluster: 'local',
    namespace: `project-cart-${name}`,
    resource: state && {
      type: 'kustomization',
      name: `cart-${name}`,
      namespace: 'project-cart',
      cluster: 'local',
      status: 'pending',
      attributes: {},
      ...state,
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

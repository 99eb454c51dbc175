import type {
  AuditorService,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockErrorHandler,
  mockServices,
} from '@backstage/backend-test-utils';
import { ServiceUnavailableError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import express from 'express';
import PromiseRouter from 'express-promise-router';
import type { Knex } from 'knex';
import request from 'supertest';
import { ClusterRegistry } from '../../clusters';
import { createStores } from '../../database/createStores';
import { InventoryReader } from '../../environments/inventory/InventoryReader';
import { CapturedLogger } from '../../initialization/__testUtils__/CapturedLogger';
import { FleetReader } from '../../projects/fleet/FleetReader';
import {
  createGitopsProjectConditionalDecision,
  gitopsProjectConditions,
  gitopsProjectPermissionRules,
} from '../../projects/permissionRules';
import { ProjectAccess } from '../../projects/ProjectAccess';
import { ProjectReader } from '../../projects/ProjectReader';
import { FluxEnvironmentActions } from '../../environments/FluxEnvironmentActions';
import { addClusterRoutes } from '../clusterRoutes';
import { addEnvironmentRoutes } from '../environmentRoutes';
import { addHistoryRoutes } from '../historyRoutes';
import { addProjectRoutes } from '../projectRoutes';
import type { RouterOptions } from '../RouterOptions';

const user = (name: string) => mockCredentials.user(`user:default/${name}`);

/** Who asks: what each may do is decided in {@link TestRoutes}. */
export const CALLERS = {
  /** Everything. */
  owner: user('owner'),
  /** Everything with what the group `members` owns. */
  member: user('member'),
  /** Looking. */
  viewer: user('viewer'),
  /** Nothing. */
  stranger: user('stranger'),
};
export type Caller = keyof typeof CALLERS;

const nameOf = (credentials: unknown) =>
  (credentials as { principal: { userEntityRef?: string } }).principal
    .userEntityRef ?? '';

const permissions: PermissionsService = {
  async authorize(requests, options) {
    const denied = nameOf(options?.credentials).endsWith('/stranger');
    return requests.map(() => ({
      result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW,
    }));
  },
  async authorizeConditional(requests, options) {
    const name = nameOf(options?.credentials);
    return requests.map(({ permission }) => {
      if (name.endsWith('/member')) {
        return createGitopsProjectConditionalDecision(
          permission as never,
          gitopsProjectConditions.isOwner({
            claims: ['group:default/members'],
          }),
        );
      }
      const reading = permission.attributes.action === 'read';
      const allowed =
        !name.endsWith('/stranger') && (reading || !name.endsWith('/viewer'));
      return {
        result: allowed ? AuthorizeResult.ALLOW : AuthorizeResult.DENY,
      };
    });
  },
};

const rules = Object.values(gitopsProjectPermissionRules);
const permissionsRegistry = {
  getPermissionRuleset: () => ({
    getRuleByName: (name: string) => rules.find(rule => rule.name === name)!,
  }),
} as unknown as PermissionsRegistryService;

/** The routes that read and act, on a real database, with a cluster out of reach. */
export class TestRoutes {
  readonly stores;
  readonly access: ProjectAccess;
  readonly audited: { eventId: string; meta?: object }[] = [];
  readonly options;
  readonly http;

  constructor(readonly knex: Knex) {
    const logger = new CapturedLogger();
    const stores = createStores(knex);
    this.stores = stores;
    const clusters = new ClusterRegistry({
      provider: {
        list: async () => ({
          connections: [
            {
              cluster: 'sandbox',
              closesUpstreamWatches: true,
              fetch: async () => {
                throw new ServiceUnavailableError('nobody is there');
              },
            },
          ],
          refused: [{ cluster: 'google', reason: 'needs a user' }],
        }),
      },
      logger,
    });
    this.access = ProjectAccess.create({ permissions, permissionsRegistry });
    const auditor = {
      createEvent: async (event: { eventId: string; meta?: object }) => {
        this.audited.push(event);
        return { success: async () => {}, fail: async () => {} };
      },
    } as AuditorService;
    this.options = {
      ...stores,
      auditor,
      logger,
      clusters,
      httpAuth: mockServices.httpAuth({
        defaultCredentials: mockCredentials.none(),
      }),
      access: this.access,
      reader: ProjectReader.create({ knex }),
      fleet: new FleetReader(knex),
      inventory: new InventoryReader({ ...stores, clusters }),
      environmentActions: new FluxEnvironmentActions({
        ...stores,
        knex,
        clusters,
        notifier: { notify: () => {} },
      }),
    };
    const router = PromiseRouter();
    // None of these routes needs the parts of a set-up, of connections or of
    // credentials, which have their own tests.
    const options = this.options as unknown as RouterOptions;
    addProjectRoutes(router, options);
    addEnvironmentRoutes(router, options);
    addHistoryRoutes(router, options);
    addClusterRoutes(router, options);
    this.http = request(express().use(router).use(mockErrorHandler()));
  }

  send(
    method: 'get' | 'post',
    path: string,
    /** Value of the authorization header. */
    authorization: string,
    body?: object,
  ) {
    const sent = this.http[method](path).set('Authorization', authorization);
    return method === 'post' ? sent.send(body ?? {}) : sent;
  }

  get(path: string, caller: Caller) {
    return this.send('get', path, headerOf(caller));
  }

  post(path: string, caller: Caller, body?: object) {
    return this.send('post', path, headerOf(caller), body);
  }
}

export function headerOf(caller: Caller): string {
  return mockCredentials.user.header(CALLERS[caller].principal.userEntityRef);
}

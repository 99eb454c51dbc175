import { randomUUID } from 'node:crypto';
import { ConfigReader } from '@backstage/config';
import {
  GitHostRegistry,
  GiteaProvider,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import { createStores } from '../../../database/createStores';
import type { NewEntityOf } from '../../../database/Table';
import type { gitPlatformConnections } from '../../../database/tables';
import { now } from '../../../database/time';
import { CapturedLogger } from '../../../initialization/__testUtils__/CapturedLogger';
import { Vault } from '../../Vault';
import { type Connections, createConnections } from '../createConnections';
import { tokenColumns } from '../tokenColumns';
import type { OAuthHost } from './OAuthHost';

export const USER = 'user:default/ann';

/** What one portal process has of connections, on a database of its own opening. */
export class ConnectionReplica {
  readonly logger = new CapturedLogger();
  readonly stores: ReturnType<typeof createStores>;
  readonly connections: Connections;
  private readonly vault: Vault;

  constructor(
    readonly knex: Knex,
    private readonly host: OAuthHost,
    options: {
      lostAfterMs?: number;
      clientSecret?: string;
      revocation?: boolean;
    } = {},
  ) {
    this.stores = createStores(knex);
    this.vault = Vault.fromConfig(
      new ConfigReader({
        gitops: {
          encryption: {
            keys: [
              { id: 'a', secret: Buffer.alloc(32, 'k').toString('base64') },
            ],
          },
        },
      }),
      { production: false },
    );
    const provider = new GiteaProvider({
      host: host.host,
      baseUrl: host.url,
      limits: { retryMs: 1, callMs: 2_000 },
    });
    if (options.revocation) {
      Object.assign(provider, {
        oauth: {
          ...provider.oauth,
          revocationUrl: `${host.url}/login/oauth/revoke`,
        },
      });
    }
    this.connections = createConnections({
      ...this.stores,
      knex,
      vault: this.vault,
      gitHosts: GitHostRegistry.of([provider]),
      gitHostSettings: new Map([
        [
          host.host,
          {
            host: host.host,
            allowPrivateAddress: true,
            oauth: {
              clientId: host.clientId,
              clientSecret: options.clientSecret ?? host.clientSecret,
            },
          },
        ],
      ]),
      appBaseUrl: 'https://portal.example.com/',
      logger: this.logger,
      limits: { answerMs: 5_000 },
      pace: { betweenChecksMs: 0 },
      lostAfterMs: options.lostAfterMs,
    });
  }

  /** Connects by consent, as a user in a browser does. */
  async consent(account = { id: 7, login: 'ann' }, userRef = USER) {
    const { service } = this.connections;
    const { authorizationUrl } = await service.authorize(userRef, {
      host: this.host.host,
    });
    return service.callback(
      userRef,
      this.host.consent(authorizationUrl, account),
    );
  }

  /** Rows of connections made long ago, whose renewal is due. */
  async seedDue(count: number): Promise<void> {
    const at = now();
    const past = new Date(Date.now() - 1_000).toISOString();
    const soon = new Date(Date.now() + 300_000).toISOString();
    await this.knex.transaction(async trx => {
      for (let index = 0; index < count; index++) {
        const id = randomUUID();
        const account = { id: 1000 + index, login: `user-${index}` };
        const row: NewEntityOf<typeof gitPlatformConnections> = {
          ...tokenColumns(this.vault, id, {
            ...this.host.grant(account),
            expiresAt: soon,
          }),
          id,
          userId: `user:default/${account.login}`,
          provider: 'gitea',
          serverUrl: this.host.url,
          serverType: 'self-hosted',
          providerAccountId: String(account.id),
          username: account.login,
          status: 'active',
          statusSince: at,
          purpose: 'integration',
          connectedAt: at,
          method: 'oauth',
          revision: 0,
          refreshAt: past,
        };
        await this.stores.connections.put(trx, row);
      }
    });
  }

  /** Lets the time of the renewal come. */
  async makeDue(id: string, changes: Record<string, unknown> = {}) {
    await this.knex('git_platform_connections')
      .where({ id })
      .update({
        refresh_at: new Date(Date.now() - 1_000).toISOString(),
        ...changes,
      });
  }

  async row(id: string) {
    const row = await this.stores.connections.get(id);
    if (!row) {
      throw new Error(`There is no connection ${id}`);
    }
    return row;
  }

  events(id: string): Promise<{ action: string; message: string }[]> {
    return this.knex('unified_events')
      .where({ resource_id: id })
      .orderBy('timestamp');
  }

  logs(
    id: string,
  ): Promise<{ action: string; status: string; error: string }[]> {
    return this.knex('git_sync_logs')
      .where({ connection_id: id })
      .orderBy('started_at');
  }
}

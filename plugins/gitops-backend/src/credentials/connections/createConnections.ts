import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  GitHostRegistry,
  GitHostSettings,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { AuthorizationStore } from '../../database/AuthorizationStore';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { SyncLogStore } from '../../database/SyncLogStore';
import type { EventStore } from '../../events/EventStore';
import type { Vault } from '../Vault';
import { AuthorizationState } from './AuthorizationState';
import { ConnectionCheck } from './ConnectionCheck';
import { ConnectionHosts } from './ConnectionHosts';
import { ConnectionLedger } from './ConnectionLedger';
import { ConnectionRenewal } from './ConnectionRenewal';
import { ConnectionService } from './ConnectionService';
import { ConnectionTokens } from './ConnectionTokens';
import { ConnectionUpkeep, type UpkeepPace } from './ConnectionUpkeep';
import type { SendLimits } from './sendOnce';
import { TokenChanges } from './TokenChanges';

/** Everything about connections in one replica. @internal */
export interface Connections {
  /** For their users. */
  service: ConnectionService;
  /** For whoever speaks to a host with them. */
  tokens: ConnectionTokens;
  /** For whoever keeps copies of their tokens. */
  changes: TokenChanges;
  renewal: ConnectionRenewal;
  /** To be run again and again, in every replica. */
  upkeep: ConnectionUpkeep;
}

/** Puts the parts of connections together. @internal */
export function createConnections(options: {
  knex: Knex;
  connections: ConnectionStore;
  authorizations: AuthorizationStore;
  events: EventStore;
  syncLogs: SyncLogStore;
  vault: Vault;
  gitHosts: GitHostRegistry;
  /** By host; without those of a host one can only paste tokens of it. */
  gitHostSettings?: ReadonlyMap<string, GitHostSettings>;
  /** Where the portal's pages are; without it one can only paste tokens. */
  appBaseUrl?: string;
  logger: LoggerService;
  limits?: Partial<SendLimits>;
  pace?: Partial<UpkeepPace>;
  lostAfterMs?: number;
}): Connections {
  const hosts = new ConnectionHosts(options);
  const ledger = new ConnectionLedger(options);
  const changes = new TokenChanges(options);
  const shared = { ...options, hosts, ledger, changes };
  const renewal = new ConnectionRenewal(shared);
  const tokens = new ConnectionTokens({ ...shared, renewal });
  const check = new ConnectionCheck({ ...shared, tokens });
  return {
    service: new ConnectionService({
      ...shared,
      states: new AuthorizationState(options),
      checks: check,
    }),
    tokens,
    changes,
    renewal,
    upkeep: new ConnectionUpkeep({ ...shared, renewal, check }),
  };
}

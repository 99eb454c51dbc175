import type { LoggerService } from '@backstage/backend-plugin-api';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { ClusterRegistry } from '../../clusters';
import type { CredentialRotationStore } from '../../database/CredentialRotationStore';
import type { EnvironmentStore } from '../../database/EnvironmentStore';
import type { GitAuthStore } from '../../database/GitAuthStore';
import type { ProjectStore } from '../../database/ProjectStore';
import type { RepositoryStore } from '../../database/RepositoryStore';
import type { ResourceStore } from '../../database/ResourceStore';
import type { SyncLogStore } from '../../database/SyncLogStore';
import type { EventStore } from '../../events/EventStore';
import type { LeaseTimes } from '../../initialization/RunLease';
import type { ProjectNotifier } from '../../projects/ProjectNotifier';
import type { CredentialFactory } from '../CredentialFactory';
import type { CredentialSync } from '../CredentialSync';
import type { Vault } from '../Vault';

/** The parts of the portal that a rotation works with. @internal */
export interface RotationServices {
  knex: Knex;
  logger: LoggerService;
  vault: Vault;
  gitHosts: GitHostRegistry;
  clusters: ClusterRegistry;
  projects: ProjectStore;
  repositories: RepositoryStore;
  environments: EnvironmentStore;
  resources: ResourceStore;
  gitAuths: GitAuthStore;
  credentialRotations: CredentialRotationStore;
  syncLogs: SyncLogStore;
  events: EventStore;
  notifier: ProjectNotifier;
  credentials: CredentialFactory;
  credentialSync: CredentialSync;
  /** Called after each thing that others can see: the places where a run can be cut off. */
  afterEffect?(effect: string): Promise<void>;
}

/** Times of a rotation in milliseconds. @internal */
export interface RotationTimes extends LeaseTimes {
  /** How long a source may take to fetch. */
  fetchMs: number;
  /** How often it is looked whether it has. */
  pollMs: number;
  /** How long whoever asks is kept waiting for the end. */
  answerMs: number;
  /** First wait after a failed pass; it doubles. */
  retryMs: number;
}

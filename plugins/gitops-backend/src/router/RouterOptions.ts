import type {
  AuditorService,
  HttpAuthService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { ClusterRegistry } from '../clusters';
import type { ConnectionService } from '../credentials/connections';
import type { ProjectCredentials } from '../credentials/ProjectCredentials';
import type { CredentialRotator } from '../credentials/rotation/CredentialRotator';
import type { CredentialValidator } from '../credentials/validation/CredentialValidator';
import type { ClusterSessionStore } from '../database/ClusterSessionStore';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { SyncLogStore } from '../database/SyncLogStore';
import type { DiscoveredReader } from '../discovered/DiscoveredReader';
import type { EventStore } from '../events/EventStore';
import type { ProjectDeletion } from '../projects/deletion/ProjectDeletion';
import type { InventoryReader } from '../environments/inventory/InventoryReader';
import type { EnvironmentActions } from '../environments/EnvironmentActions';
import type { EnvironmentRegistrar } from '../projects/EnvironmentRegistrar';
import type { FleetReader } from '../projects/fleet/FleetReader';
import type { InitializationEngine } from '../projects/InitializationEngine';
import type { ProjectAccess } from '../projects/ProjectAccess';
import type { ProjectReader } from '../projects/ProjectReader';
import type { ProjectRegistrar } from '../projects/ProjectRegistrar';

/** What the routes work with. */
export interface RouterOptions {
  logger: LoggerService;
  httpAuth: HttpAuthService;
  auditor: AuditorService;
  access: ProjectAccess;
  reader: ProjectReader;
  fleet: FleetReader;
  registrar: ProjectRegistrar;
  environmentRegistrar: EnvironmentRegistrar;
  projects: ProjectStore;
  environments: EnvironmentStore;
  deployments: DeploymentStore;
  events: EventStore;
  syncLogs: SyncLogStore;
  clusterSessions: ClusterSessionStore;
  clusters: ClusterRegistry;
  connections: ConnectionService;
  projectCredentials: ProjectCredentials;
  rotator: CredentialRotator;
  validator: CredentialValidator;
  engine: InitializationEngine;
  deletion: ProjectDeletion;
  discovered: DiscoveredReader;
  environmentActions: EnvironmentActions;
  inventory: InventoryReader;
  /** How often a silent run says that it is alive, in milliseconds. */
  heartbeatMs?: number;
}

import type { Knex } from 'knex';
import { DatabaseEventStore } from '../events/EventStore';
import { DatabaseAuthorizationStore } from './AuthorizationStore';
import { DatabaseClusterSessionStore } from './ClusterSessionStore';
import { DatabaseConnectionStore } from './ConnectionStore';
import { DatabaseContentStore } from './ContentStore';
import { DatabaseCredentialLocationStore } from './CredentialLocationStore';
import { DatabaseCredentialRotationStore } from './CredentialRotationStore';
import { DatabaseDeploymentStore } from './DeploymentStore';
import { DatabaseDiscoveredResourceStore } from './DiscoveredResourceStore';
import { DatabaseEnvironmentStore } from './EnvironmentStore';
import { DatabaseGitAuthStore } from './GitAuthStore';
import { DatabaseProjectStore } from './ProjectStore';
import { DatabaseRepositoryStore } from './RepositoryStore';
import { DatabaseResourceStore } from './ResourceStore';
import { DatabaseStepStore } from './StepStore';
import { DatabaseSyncLogStore } from './SyncLogStore';

/** Every store on one database, by the names that services ask for them. */
export function createStores(knex: Knex) {
  return {
    projects: DatabaseProjectStore.create({ knex }),
    repositories: DatabaseRepositoryStore.create({ knex }),
    environments: DatabaseEnvironmentStore.create({ knex }),
    resources: DatabaseResourceStore.create({ knex }),
    deployments: DatabaseDeploymentStore.create({ knex }),
    discoveredResources: DatabaseDiscoveredResourceStore.create({ knex }),
    steps: DatabaseStepStore.create({ knex }),
    connections: DatabaseConnectionStore.create({ knex }),
    authorizations: DatabaseAuthorizationStore.create({ knex }),
    gitAuths: DatabaseGitAuthStore.create({ knex }),
    credentialRotations: DatabaseCredentialRotationStore.create({ knex }),
    credentialLocations: DatabaseCredentialLocationStore.create({ knex }),
    contents: DatabaseContentStore.create({ knex }),
    syncLogs: DatabaseSyncLogStore.create({ knex }),
    events: DatabaseEventStore.create({ knex }),
    clusterSessions: DatabaseClusterSessionStore.create({ knex }),
  };
}

import type { AuditorService } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { EnvironmentActions } from '../environments/EnvironmentActions';
import type { FleetReader } from '../projects/fleet/FleetReader';
import type { ProjectAccess } from '../projects/ProjectAccess';
import type { ProjectReader } from '../projects/ProjectReader';

/** What the actions work with: the very services of the routes. */
export interface ActionServices {
  registry: ActionsRegistryService;
  auditor: AuditorService;
  access: ProjectAccess;
  reader: ProjectReader;
  fleet: FleetReader;
  projects: ProjectStore;
  environments: EnvironmentStore;
  environmentActions: EnvironmentActions;
}

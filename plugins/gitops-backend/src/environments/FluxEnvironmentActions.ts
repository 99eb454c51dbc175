import type { Knex } from 'knex';
import type { ClusterRegistry } from '../clusters';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { ProjectStore } from '../database/ProjectStore';
import { DatabaseResourceStateStore } from '../database/ResourceStateStore';
import type { ResourceStore } from '../database/ResourceStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import type { EventStore } from '../events/EventStore';
import type { ChangeNotifier } from '../status/Ingest';
import type { EnvironmentActions } from './EnvironmentActions';
import { EnvironmentGround } from './EnvironmentGround';
import { Reconciliation } from './Reconciliation';
import { Suspensions } from './Suspensions';

/**
 * What a user asks of an environment, done at its Flux objects. Who asked is
 * written down before, what came of it is told by the status engine.
 *
 * @internal
 */
export class FluxEnvironmentActions implements EnvironmentActions {
  private readonly reconciliation: Reconciliation;
  private readonly suspensions: Suspensions;

  constructor(options: {
    clusters: ClusterRegistry;
    knex: Knex;
    resources: ResourceStore;
    deployments: DeploymentStore;
    events: EventStore;
    projects: Pick<ProjectStore, 'bumpVersion'>;
    notifier: ChangeNotifier;
    /** How long a fetch is waited for, in milliseconds; 30 s if absent. */
    fetchMs?: number;
  }) {
    const ground = new EnvironmentGround(options);
    const states = DatabaseResourceStateStore.create(options);
    this.reconciliation = new Reconciliation({ ...options, ground, states });
    this.suspensions = new Suspensions({ ...options, ground });
  }

  reconcile(...request: Parameters<EnvironmentActions['reconcile']>) {
    return this.reconciliation.reconcile(...request);
  }

  suspend(...request: Parameters<EnvironmentActions['suspend']>) {
    return this.suspensions.suspend(...request);
  }

  resume(...request: Parameters<EnvironmentActions['resume']>) {
    return this.suspensions.resume(...request);
  }

  /** See {@link Suspensions.resumeExpired}. */
  resumeExpired(
    project: Project,
    environment: Environment,
    kustomization: GitopsResource,
  ): Promise<boolean> {
    return this.suspensions.resumeExpired(project, environment, kustomization);
  }
}

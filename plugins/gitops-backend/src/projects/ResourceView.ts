import type {
  ClusterDocument,
  FluxReference,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  ClusterSession,
  Environment,
  GitopsResource,
} from '../database/tables';
import { clusterDocument } from './clusterDocument';
import { currentState, type CurrentState } from './resourceDocument';

/** An environment with what is known of the knowledge of its cluster. */
export interface Stage {
  environment: Environment;
  session?: ClusterSession;
}

/** The resources of one project, put together at one moment. */
export class ResourceView {
  readonly sources: GitopsResource[];
  private readonly byEnvironment: Map<string, GitopsResource>;
  private readonly sessions: Map<string, ClusterSession | undefined>;

  constructor(
    stages: readonly Stage[],
    resources: readonly GitopsResource[],
    private readonly at: Date,
  ) {
    this.sources = resources.filter(item => item.type === 'git-repository');
    this.byEnvironment = new Map(
      resources.flatMap(item =>
        item.environmentId ? [[item.environmentId, item]] : [],
      ),
    );
    this.sessions = new Map(
      stages.map(stage => [stage.environment.cluster, stage.session]),
    );
  }

  kustomization(environment: Environment): GitopsResource | undefined {
    return this.byEnvironment.get(environment.id);
  }

  state(resource: GitopsResource): CurrentState {
    const source =
      resource.type === 'kustomization'
        ? this.sources.find(item => item.cluster === resource.cluster)
        : undefined;
    return currentState(resource, this.cluster(resource.cluster), this.at, {
      source: source?.observed,
      context: {
        dependency: reference => this.observed(resource, reference),
      },
    });
  }

  clusters(): ClusterDocument[] {
    return [...this.sessions.keys()].map(name => this.cluster(name));
  }

  /** A Kustomization of the project that another one depends on. */
  private observed(resource: GitopsResource, reference: FluxReference) {
    for (const item of this.byEnvironment.values()) {
      if (
        item.cluster === resource.cluster &&
        item.name === reference.name &&
        item.namespace === (reference.namespace ?? resource.namespace)
      ) {
        return item.observed;
      }
    }
    return undefined;
  }

  private cluster(name: string) {
    return clusterDocument(name, this.sessions.get(name), this.at);
  }
}

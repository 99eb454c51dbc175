import type {
  ClusterDocument,
  CommitDocument,
  FluxReference,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { clusterDocument, type KnownSession } from './clusterDocument';
import { commitDocument } from './commitDocument';
import {
  currentState,
  resourceDocument,
  type CurrentState,
} from './resourceDocument';
import type {
  ShownDeployment,
  ShownEnvironment,
  ShownResource,
} from './shownColumns';

/** An environment with what is known around it. */
export interface Stage {
  environment: ShownEnvironment;
  /** Absent while the cluster was never read. */
  session?: KnownSession;
  kustomization?: ShownResource;
  /** The source that serves the environment's cluster. */
  source?: ShownResource;
  /** The newest one that succeeded. */
  deployment?: ShownDeployment;
  /** The newest one, whatever came of it. */
  attempt?: ShownDeployment;
}

/** The resources of one project, put together at one moment. */
export class ResourceView {
  /** One for each cluster. */
  readonly sources: ShownResource[];
  private readonly sessions: Map<string, KnownSession | undefined>;
  /** What is known of commits, by their ids. */
  private readonly commits = new Map<string, CommitDocument>();

  constructor(private readonly stages: readonly Stage[], readonly at: Date) {
    this.sources = [
      ...new Map(
        stages.flatMap(({ source }) => (source ? [[source.id, source]] : [])),
      ).values(),
    ];
    this.sessions = new Map(
      stages.map(stage => [stage.environment.cluster, stage.session]),
    );
    for (const { attempt, deployment } of stages) {
      for (const known of [attempt, deployment]) {
        const commit = known && commitDocument(known);
        if (commit) {
          this.commits.set(commit.id, commit);
        }
      }
    }
  }

  /** A resource as it is shown. */
  document(resource: ShownResource): ResourceStateDocument {
    const document = resourceDocument(resource, this.state(resource), this.at);
    // What is known of a commit stands with its deployments, also that which a
    // source has fetched.
    const commitInfo = this.commits.get(document.commit ?? '');
    return { ...document, ...(commitInfo && { commitInfo }) };
  }

  state(resource: ShownResource): CurrentState {
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
  private observed(resource: ShownResource, reference: FluxReference) {
    for (const { kustomization } of this.stages) {
      if (
        kustomization?.cluster === resource.cluster &&
        kustomization.name === reference.name &&
        kustomization.namespace === (reference.namespace ?? resource.namespace)
      ) {
        return kustomization.observed;
      }
    }
    return undefined;
  }

  private cluster(name: string) {
    return clusterDocument(name, this.sessions.get(name), this.at);
  }
}

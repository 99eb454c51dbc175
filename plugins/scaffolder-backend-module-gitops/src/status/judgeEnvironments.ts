import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** How one environment stands between "not yet" and "will not". */
export interface EnvironmentVerdict {
  environment: string;
  kind: 'ready' | 'waiting' | 'failing';
  /** For the log; changes only when there is something new to say. */
  summary: string;
  /** The object at fault: the environment's own, or the source it waits for. */
  culprit?: ResourceStateDocument;
  /** Nothing will change by itself. */
  final: boolean;
}

const FAILING = new Set([
  'failed',
  'stalled',
  'missing',
  'suspended',
  'terminating',
]);

/**
 * Judges every environment of a project by what the portal knows.
 *
 * @param commit - Commit that has to be applied; any will do if absent
 */
export function judgeEnvironments(
  project: ProjectDocument,
  commit: string | undefined,
): EnvironmentVerdict[] {
  return project.environments.map(environment =>
    judge(environment, project, commit),
  );
}

function judge(
  environment: EnvironmentDocument,
  project: ProjectDocument,
  commit: string | undefined,
): EnvironmentVerdict {
  const { name, resource, cluster } = environment;
  if (!resource) {
    return waiting(name, `Environment ${name}: not created yet`);
  }
  if (FAILING.has(resource.status)) {
    return failing(name, resource, resource.status);
  }
  if (resource.status === 'ready') {
    if (!commit || resource.commit === commit) {
      const at = resource.commit ? ` at ${shortCommit(resource.commit)}` : '';
      return {
        environment: name,
        kind: 'ready',
        summary: `Environment ${name}: ready${at}`,
        final: true,
      };
    }
    return waiting(
      name,
      `Environment ${name}: ready at ${
        resource.commit ? shortCommit(resource.commit) : 'another commit'
      }, waiting for ${shortCommit(commit)}`,
    );
  }
  const source = project.sources.find(
    candidate => candidate.cluster === cluster && FAILING.has(candidate.status),
  );
  if (source) {
    return failing(
      name,
      source,
      `${resource.status}, its source ${source.name} is ${source.status}`,
    );
  }
  const silent = project.clusters.find(
    candidate =>
      candidate.name === cluster && candidate.state === 'unreachable',
  );
  if (silent) {
    return waiting(
      name,
      `Environment ${name}: unknown, cluster ${cluster} cannot be reached${
        silent.error ? ` (${silent.error})` : ''
      }`,
    );
  }
  return waiting(name, `Environment ${name}: ${resource.status}`);
}

function waiting(environment: string, summary: string): EnvironmentVerdict {
  return { environment, kind: 'waiting', summary, final: false };
}

function failing(
  environment: string,
  culprit: ResourceStateDocument,
  words: string,
): EnvironmentVerdict {
  return {
    environment,
    kind: 'failing',
    summary: `Environment ${environment}: ${words}`,
    culprit,
    final: culprit.status === 'stalled' || culprit.diagnosis?.final === true,
  };
}

/** As people write it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 8);
}

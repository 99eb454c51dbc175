import type {
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Backing } from '../backing/Backing';
import type { Portal } from '../portal/Portal';
import { PortalClient, type TaskOutcome } from '../portal/PortalClient';
import type { DemoResult } from './DemoResult';
import { unmetExpectations } from './expectations';

const ENVIRONMENTS = ['development', 'staging', 'production'];

/** What a run of the main job leaves for a closer look. */
export interface MainJob {
  result: DemoResult;
  task: TaskOutcome;
  client: PortalClient;
}

function describeResource(
  state: ResourceStateDocument,
  environment: string | null,
  document: ProjectDocument,
): DemoResult['gitopsResources'][number] {
  return {
    type: state.type,
    name: state.name,
    namespace: state.namespace,
    environment,
    repository: document.repository?.name ?? null,
    status: state.status,
  };
}

/** What a person fills into the template's form. */
export function serviceValues(backing: Backing, slug: string) {
  return {
    name: slug,
    owner: 'group:default/guests',
    description: 'A service made by the demo',
    repoUrl: `${backing.repositoryHost}?owner=${backing.repositoryOwner}&repo=${slug}`,
    environments: ENVIRONMENTS,
  };
}

/** Runs the template through the task API as the form would, and looks at everything it made. */
export async function runMainJob(options: {
  portal: Portal;
  backing: Backing;
  slug: string;
  onMessage?: (message: string) => void;
}): Promise<MainJob> {
  const { portal, backing, slug } = options;
  const client = new PortalClient(portal.url);
  await client.signIn();
  await client.waitForEntity('template', 'gitops-service');

  const startedAt = Date.now();
  const id = await client.createTask(
    'gitops-service',
    serviceValues(backing, slug),
  );
  const task = await client.waitForTask(id, {
    limitMs: 180_000,
    onMessage: options.onMessage,
  });
  const readyAt = Date.now();

  const document = await client.project(slug);
  // The portal's own time, on this machine: asking it all the while whether it is
  // done would slow down what is measured.
  const { steps = [], completedAt } = document?.initialization ?? {};
  const endedAt =
    completedAt === undefined ? undefined : Date.parse(completedAt);
  const commit = await backing.branchCommit(
    backing.repositoryOwner,
    slug,
    'main',
  );
  const diagnosis = document ? await client.diagnosis(slug) : { items: [] };
  const measured = {
    project: slug,
    steps: steps.map(step => ({
      step: step.step,
      displayName: step.displayName,
      sequence: step.sequence,
      status: step.status,
      progress: step.progress,
      durationMs: step.durationMs,
    })),
    environments: (document?.environments ?? []).map(environment => ({
      name: environment.name,
      cluster: environment.cluster,
      namespace: environment.namespace,
      state: environment.resource?.status ?? ('pending' as const),
      revision: environment.resource?.revision,
    })),
    gitopsResources: document
      ? [
          ...document.sources.map(source =>
            describeResource(source, null, document),
          ),
          ...document.environments.flatMap(({ name, resource }) =>
            resource ? [describeResource(resource, name, document)] : [],
          ),
        ]
      : [],
    elapsedMs: {
      initialized: endedAt && endedAt - startedAt,
      ready:
        endedAt && task.status === 'completed' ? readyAt - endedAt : undefined,
    },
    logWarnings: portal.log.filter(
      ({ level }) => level === 'warn' || level === 'error',
    ).length,
    diagnoses: diagnosis.items.flatMap(item =>
      item.diagnosis
        ? [
            {
              object: `${item.resource.type} ${item.resource.namespace}/${item.resource.name}`,
              id: item.diagnosis.id,
              cause: item.diagnosis.cause,
              nextStep: item.diagnosis.nextStep,
              message: item.diagnosis.message,
            },
          ]
        : [],
    ),
  };
  const problems = unmetExpectations(measured, {
    commit,
    environments: ENVIRONMENTS,
    clusters: new Set(measured.environments.map(({ cluster }) => cluster)).size,
  });
  if (task.status !== 'completed') {
    problems.unshift(
      `the task ${task.status}: ${task.error ?? 'no reason given'}`,
    );
  }
  return {
    result: { ok: problems.length === 0, ...measured, problems },
    task,
    client,
  };
}

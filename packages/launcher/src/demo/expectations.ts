import type { DemoResult } from './DemoResult';

/**
 * Says what of the main job did not come true: seven steps completed, every
 * environment Ready at the pushed commit, one source without environment and
 * one Kustomization per environment, nothing to warn about.
 */
export function unmetExpectations(
  result: Omit<DemoResult, 'ok' | 'problems'>,
  expected: { commit?: string; environments: string[]; clusters: number },
): string[] {
  const problems: string[] = [];
  const completed = result.steps.filter(step => step.status === 'completed');
  if (result.steps.length !== 7 || completed.length !== 7) {
    problems.push(
      `${completed.length} of ${result.steps.length} steps are completed, expected 7 of 7`,
    );
  }
  const names = result.environments.map(environment => environment.name);
  if (names.join() !== expected.environments.join()) {
    problems.push(
      `environments are ${
        names.join(', ') || 'none'
      }, expected ${expected.environments.join(', ')}`,
    );
  }
  for (const { name, state, revision } of result.environments) {
    if (state !== 'ready') {
      problems.push(`environment ${name} is ${state}, expected ready`);
    } else if (!expected.commit || !revision?.endsWith(expected.commit)) {
      problems.push(
        `environment ${name} is at ${revision}, expected the pushed commit ${expected.commit}`,
      );
    }
  }
  const sources = result.gitopsResources.filter(
    resource => resource.type === 'git-repository',
  );
  const kustomizations = result.gitopsResources.filter(
    resource => resource.type === 'kustomization',
  );
  if (
    sources.length !== expected.clusters ||
    sources.some(source => source.environment !== null)
  ) {
    problems.push(
      `${sources.length} sources, expected ${expected.clusters}, belonging to no environment`,
    );
  }
  if (
    kustomizations.map(resource => resource.environment).join() !==
    expected.environments.join()
  ) {
    problems.push(
      `${kustomizations.length} Kustomizations, expected one for each environment`,
    );
  }
  if (result.logWarnings > 0) {
    problems.push(`the log has ${result.logWarnings} warnings, expected none`);
  }
  return problems;
}

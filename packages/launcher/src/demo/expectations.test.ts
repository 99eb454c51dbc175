import type { DemoResult } from './DemoResult';
import { unmetExpectations } from './expectations';

const commit = 'c'.repeat(40);
const environments = ['development', 'production'];
const expected = { commit, environments, clusters: 1 };

type Measured = Omit<DemoResult, 'ok' | 'problems'>;

const fulfilled: Measured = {
  project: 'shop',
  steps: [1, 2, 3, 4, 5, 6, 7].map(sequence => ({
    step: `step_${sequence}`,
    displayName: `Step ${sequence}`,
    sequence,
    status: 'completed',
    progress: 100,
  })),
  environments: environments.map(name => ({
    name,
    cluster: 'sandbox',
    namespace: `project-shop-${name}`,
    state: 'ready',
    revision: `main@sha1:${commit}`,
  })),
  gitopsResources: [null, ...environments].map(environment => ({
    type: environment ? 'kustomization' : 'git-repository',
    name: environment ? `shop-${environment}` : 'shop-repo',
    namespace: 'project-shop',
    environment,
    repository: 'shop',
    status: 'ready',
  })),
  elapsedMs: { initialized: 1, ready: 1 },
  logWarnings: 0,
  diagnoses: [],
};

/** The same with other values in one item of a list. */
function changed<K extends 'steps' | 'environments' | 'gitopsResources'>(
  list: K,
  index: number,
  change: Partial<Measured[K][number]>,
): Measured {
  return {
    ...fulfilled,
    [list]: fulfilled[list].map((item, at) =>
      at === index ? { ...item, ...change } : item,
    ),
  };
}

describe('unmetExpectations', () => {
  it('has nothing to say when everything holds', () => {
    expect(unmetExpectations(fulfilled, expected)).toEqual([]);
  });

  it.each<[string, Measured]>([
    [
      '6 of 7 steps are completed, expected 7 of 7',
      changed('steps', 6, { status: 'running' }),
    ],
    [
      '6 of 6 steps are completed, expected 7 of 7',
      { ...fulfilled, steps: fulfilled.steps.slice(1) },
    ],
    [
      'environment production is failed, expected ready',
      changed('environments', 1, { state: 'failed' }),
    ],
    [
      `environment production is at main@sha1:old, expected the pushed commit ${commit}`,
      changed('environments', 1, { revision: 'main@sha1:old' }),
    ],
    [
      '1 sources, expected 1, belonging to no environment',
      changed('gitopsResources', 0, { environment: 'production' }),
    ],
    [
      '2 Kustomizations, expected one for each environment',
      changed('gitopsResources', 2, { environment: 'development' }),
    ],
    ['the log has 2 warnings, expected none', { ...fulfilled, logWarnings: 2 }],
  ])('%s', (problem, measured) => {
    expect(unmetExpectations(measured, expected)).toEqual([problem]);
  });

  it('says so when nothing was made at all', () => {
    const nothing: Measured = {
      ...fulfilled,
      steps: [],
      environments: [],
      gitopsResources: [],
    };
    expect(
      unmetExpectations(nothing, { ...expected, commit: undefined }),
    ).toEqual([
      '0 of 0 steps are completed, expected 7 of 7',
      'environments are none, expected development, production',
      '0 sources, expected 1, belonging to no environment',
      '0 Kustomizations, expected one for each environment',
    ]);
  });

  it('does not take Ready for good when the pushed commit is not known', () => {
    expect(
      unmetExpectations(fulfilled, { ...expected, commit: undefined }),
    ).toHaveLength(2);
  });
});

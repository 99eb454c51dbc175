import type {
  Diagnosis,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterKnowledge } from './clusterKnowledge';
import { groupDiagnoses } from './groupDiagnoses';

const refused: Diagnosis = {
  id: 'G4',
  cause: 'The host did not accept the credentials.',
  subject: {
    kind: 'GitRepository',
    namespace: 'project-shop',
    name: 'shop-repo',
  },
  nextStep: 'Rotate the token.',
};

const absent: Diagnosis = {
  id: 'K4',
  cause: 'The path is not in the repository.',
  subject: {
    kind: 'Kustomization',
    namespace: 'project-shop',
    name: 'shop-production',
  },
  nextStep: 'Commit the directory.',
};

function resource(
  type: ResourceStateDocument['type'],
  cluster: string,
  diagnosis?: Diagnosis,
): ResourceStateDocument {
  return {
    type,
    name: 'shop',
    namespace: 'project-shop',
    cluster,
    status: diagnosis ? 'failed' : 'ready',
    attributes: {},
    diagnosis,
  };
}

function stage(displayName: string, cluster: string, diagnosis?: Diagnosis) {
  return {
    name: displayName.toLowerCase(),
    displayName,
    type: 'custom' as const,
    cluster,
    namespace: 'project-shop',
    resource: resource('kustomization', cluster, diagnosis),
  };
}

describe('groupDiagnoses', () => {
  it('tells a cause once, with everything that suffers from it', () => {
    const groups = groupDiagnoses(
      {
        sources: [resource('git-repository', 'one', refused)],
        environments: [
          stage('Development', 'one', refused),
          stage('Staging', 'one'),
          stage('Production', 'one', absent),
        ],
      },
      new Map(),
    );
    expect(
      groups.map(({ diagnosis, affected }) => [diagnosis.id, affected]),
    ).toEqual([
      ['G4', [undefined, 'Development']],
      ['K4', ['Production']],
    ]);
  });

  it('keeps the same cause apart on two clusters, and leaves old knowledge out', () => {
    const project = {
      sources: [],
      environments: [
        stage('Staging', 'one', refused),
        stage('Production', 'two', refused),
      ],
    };
    expect(groupDiagnoses(project, new Map())).toHaveLength(2);
    const lost = new Map([['two', { trust: 'old' } as ClusterKnowledge]]);
    expect(
      groupDiagnoses(project, lost).map(({ affected }) => affected),
    ).toEqual([['Staging']]);
  });

  it('puts what only waits under its root, and lets those in a circle tell for themselves', () => {
    const waitsFor = (name: string, diagnosis?: Diagnosis) => ({
      ...resource('kustomization', 'one', diagnosis),
      status: 'reconciling' as const,
      attributes: { waitingOn: { name, status: 'failed' as const } },
    });
    const named = (name: string, own: ResourceStateDocument) => ({
      ...stage(name, 'one'),
      resource: { ...own, name },
    });
    const chained = groupDiagnoses(
      {
        sources: [],
        environments: [
          named('a', resource('kustomization', 'one', absent)),
          named('b', waitsFor('a')),
          named('c', waitsFor('b')),
        ],
      },
      new Map(),
    );
    expect(
      chained.map(({ affected, waiting }) => [
        affected,
        waiting.map(each => [each.name, each.chain.map(link => link.name)]),
      ]),
    ).toEqual([
      [
        ['a'],
        [
          ['b', ['a']],
          ['c', ['b', 'a']],
        ],
      ],
    ]);

    const circle = groupDiagnoses(
      {
        sources: [],
        environments: [
          named('a', waitsFor('b', absent)),
          named('b', waitsFor('a', refused)),
        ],
      },
      new Map(),
    );
    expect(circle.map(({ affected }) => affected)).toEqual([['a'], ['b']]);
  });
});

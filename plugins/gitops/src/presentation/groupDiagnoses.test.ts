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
});

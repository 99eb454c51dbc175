import { Card, CardBody, CardHeader, Text } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { groupDiagnoses } from '../../presentation/groupDiagnoses';
import { DiagnosisPanel } from './DiagnosisPanel';

export interface DiagnosisListProps {
  project: ProjectDocument;
  clusters: Map<string, ClusterKnowledge>;
}

/** Everything that is wrong, each cause once, with what suffers from it. */
export function DiagnosisList({ project, clusters }: DiagnosisListProps) {
  const t = useGitopsTranslation();
  return (
    <>
      {groupDiagnoses(project, clusters).map(
        ({ key, diagnosis, message, affected }) => (
          <Card key={key}>
            <CardHeader>
              <Text as="h3" variant="body-large" weight="bold">
                {affected.map(name => name ?? t('pipeline.source')).join(', ')}
              </Text>
            </CardHeader>
            <CardBody>
              <DiagnosisPanel diagnosis={diagnosis} message={message} />
            </CardBody>
          </Card>
        ),
      )}
    </>
  );
}

import { Card, CardBody, CardHeader, Text } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { DiagnosisGroup } from '../../presentation/groupDiagnoses';
import { DiagnosisPanel } from './DiagnosisPanel';

export interface DiagnosisListProps {
  project: ProjectDocument;
  groups: readonly DiagnosisGroup[];
  onDetails: (environment: string) => void;
}

/** Everything that is wrong, each cause once, with what suffers from it. */
export function DiagnosisList({
  project,
  groups,
  onDetails,
}: DiagnosisListProps) {
  const t = useGitopsTranslation();
  return (
    <>
      {groups.map(group => {
        const environment = project.environments.find(
          ({ displayName }) => displayName === group.affected[0],
        );
        return (
          <Card key={group.key}>
            <CardHeader>
              <Text as="h3" variant="body-large" weight="bold">
                {group.affected
                  .map(name => name ?? t('pipeline.source'))
                  .join(', ')}
              </Text>
            </CardHeader>
            <CardBody>
              <DiagnosisPanel
                slug={project.slug}
                group={group}
                onDetails={
                  environment ? () => onDetails(environment.name) : undefined
                }
              />
            </CardBody>
          </Card>
        );
      })}
    </>
  );
}

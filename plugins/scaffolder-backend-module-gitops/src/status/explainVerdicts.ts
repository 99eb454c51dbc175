import type { DiagnosisDocument } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitopsService,
  GitopsServiceRequestOptions,
} from '@backstage-gitops/plugin-gitops-node';
import type { EnvironmentVerdict } from './judgeEnvironments';

/** Cause and next step for each environment, with the freshest diagnosis. */
export async function explainVerdicts(
  verdicts: readonly EnvironmentVerdict[],
  gitops: GitopsService,
  slug: string,
  request: GitopsServiceRequestOptions,
): Promise<string> {
  const diagnosis = await gitops
    .diagnose(slug, request)
    // The document has a shorter diagnosis; failing twice would hide both.
    .catch((): DiagnosisDocument | undefined => undefined);
  if (verdicts.length === 0) {
    return 'It has no environments yet.';
  }
  return verdicts
    .map(({ environment, summary, culprit }) => {
      const item = diagnosis?.items.find(
        ({ resource, cluster, environment: of }) =>
          culprit
            ? resource.type === culprit.type &&
              resource.name === culprit.name &&
              cluster === culprit.cluster
            : of === environment,
      );
      const found = item?.diagnosis ?? culprit?.diagnosis;
      if (found) {
        return `${summary}. Cause: ${found.cause} Next step: ${found.nextStep}`;
      }
      const message = item?.message ?? culprit?.message;
      return message ? `${summary}: ${message}` : summary;
    })
    .join(', ');
}

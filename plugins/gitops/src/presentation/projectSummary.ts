import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from './clusterKnowledge';
import { needsAttention, shownState } from './shownState';

/** The state of a whole project in one sentence. */
export function projectSummary(
  project: ProjectDocument,
  clusters: Map<string, ClusterKnowledge>,
  t: Translate,
): string {
  switch (project.status) {
    case 'initializing':
      return t('summary.initializing');
    case 'failed':
      return t('summary.setupFailed');
    case 'inactive':
      return t('summary.inactive');
    case 'archived':
      return t('summary.archived');
    default:
  }
  const states = project.environments.map(
    environment =>
      shownState(environment.resource, clusters.get(environment.cluster))
        .status,
  );
  const total = states.length;
  if (total === 0) {
    return t('summary.none');
  }
  const failing = states.filter(needsAttention).length;
  if (failing > 0) {
    return t('summary.failing', { count: failing, total: String(total) });
  }
  const unknown = states.filter(status => status === 'unknown').length;
  if (unknown > 0) {
    return t('summary.unknown', {
      unknown: String(unknown),
      total: String(total),
    });
  }
  const sources = project.sources.map(
    source => shownState(source, clusters.get(source.cluster)).status,
  );
  if (sources.some(needsAttention)) {
    return t('summary.sourceFails');
  }
  if (sources.includes('suspended')) {
    return t('summary.sourceSuspended');
  }
  const ready = states.filter(status => status === 'ready').length;
  return ready === total
    ? t('summary.allReady', { count: total })
    : t('summary.someReady', { ready: String(ready), total: String(total) });
}

import {
  type ResourceStatus,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../../hooks/useGitopsTranslation';
import type { StageComparison } from './fleetColumns';

/**
 * Words that occur in every cell. Putting one into words costs more than drawing
 * it: each of these is asked for once, whatever the number of cells.
 */
export interface FleetPhrases {
  t: Translate;
  states: Record<ResourceStatus, string>;
  /** Says where the link of a cell leads. */
  open(project: string, environment: string, status: string): string;
  relation(comparison: StageComparison): string;
}

/**
 * What every cell needs to put things into words; asked for once for all of them,
 * as thousands of subscriptions to language and clock would make scrolling slow.
 */
export interface FleetWords extends FleetPhrases {
  locale: string | undefined;
  /** The portal's clock, in milliseconds; of the last tick. */
  now: number;
}

// Characters of the private use area, which no name has.
const [PROJECT, ENVIRONMENT, STATUS] = ['\ue000', '\ue001', '\ue002'];

/** Asks for the words of one language. */
export function fleetPhrases(t: Translate): FleetPhrases {
  const opening = t('fleet.open', {
    project: PROJECT,
    environment: ENVIRONMENT,
    status: STATUS,
  });
  const relations = new Map<string, string>();
  return {
    t,
    states: Object.fromEntries(
      resourceStatusSchema.options.map(status => [
        status,
        t(`state.${status}`),
      ]),
    ) as Record<ResourceStatus, string>,
    open: (project, environment, status) =>
      opening
        .replace(PROJECT, project)
        .replace(ENVIRONMENT, environment)
        .replace(STATUS, status),
    relation: ({ relation, before }) => {
      const key = `${relation} ${before}`;
      const words =
        relations.get(key) ?? t(`fleet.${relation}`, { environment: before });
      relations.set(key, words);
      return words;
    },
  };
}

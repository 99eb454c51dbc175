import { useCallback, useMemo } from 'react';
import { Alert, Button, ButtonLink, Container, Text } from '@backstage/ui';
import { RiGitRepositoryLine, RiLinksLine, RiLockLine } from '@remixicon/react';
import type { ResourceStatus } from '@backstage-gitops/plugin-gitops-common';
import { ClockOffsetContext } from '../../hooks/useClockOffset';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useOptionalRoute } from '../../hooks/useOptionalRoute';
import { useTick } from '../../hooks/useTick';
import { isPageStale } from '../../presentation/clusterKnowledge';
import { errorText } from '../../presentation/errorText';
import { isForbidden } from '../../presentation/isForbidden';
import { connectionsRouteRef } from '../../routes';
import contrast from '../common/contrast.module.css';
import { EmptyState } from '../common/EmptyState';
import { ReadError } from '../common/ReadError';
import { useRelativeTime } from '../common/RelativeTime';
import { ClusterStrip } from './ClusterStrip';
import styles from './fleet.module.css';
import {
  fleetWish,
  isNarrowed,
  MAX_STARRED,
  type FleetWish,
} from './FleetFilter';
import { FleetFilters } from './FleetFilters';
import { fleetKnowledge } from './fleetKnowledge';
import { FleetMatrix } from './FleetMatrix';
import { FleetSkeleton } from './FleetSkeleton';
import { StateChips } from './StateChips';
import { useEntityLinks } from './useEntityLinks';
import { useFilterChoices } from './useFilterChoices';
import { type FleetView, useFleet } from './useFleet';
import { useFleetFilter } from './useFleetFilter';
import { useStable } from './useStable';
import { useViewer } from './useViewer';

export interface FleetPageProps {
  /** Path of the GitOps tab on entity pages; `/gitops` if absent. */
  entityTabPath?: string;
}

/** Every project the user may see, by environment, with what narrows them. */
export function FleetPage({ entityTabPath = '/gitops' }: FleetPageProps) {
  const t = useGitopsTranslation();
  const [filter, changeFilter, clearFilter] = useFleetFilter();
  const viewer = useViewer();
  const { ownership, starred } = viewer;
  const wish = useMemo<FleetWish | undefined>(() => {
    const known = (ownership || !filter.mine) && (starred || !filter.starred);
    return known
      ? fleetWish(filter, {
          ownership: ownership ?? [],
          starred: starred ?? [],
        })
      : undefined;
  }, [filter, ownership, starred]);
  const view = useFleet(wish?.query);
  const choices = useFilterChoices(filter, view);
  const tick = useTick(5_000);
  const clusters = useMemo(
    () => fleetKnowledge(view, Date.now()),
    // Time passes by itself: the tick stands for it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [view, tick],
  );
  const links = useEntityLinks(entityTabPath);
  const states = useStable(view.states);
  const chooseStates = useCallback(
    (state: ResourceStatus[]) => changeFilter({ state }),
    [changeFilter],
  );
  const connectionsPage = useOptionalRoute(connectionsRouteRef);

  if (view.error && isForbidden(view.error)) {
    return (
      <Container>
        <EmptyState
          icon={RiLockLine}
          title={t('fleet.forbiddenTitle')}
          description={t('fleet.forbiddenDescription')}
        />
      </Container>
    );
  }

  const impossible = wish?.impossible;
  const { phase, rows, error } = view;
  return (
    <ClockOffsetContext.Provider value={view.clockOffset}>
      <Container className={`${styles.page} ${contrast.readable}`}>
        <div className={styles.top}>
          <Text as="h2" variant="title-x-small" weight="bold">
            <span role="status">
              {phase === 'ready' && !impossible
                ? t('fleet.total', { count: view.total })
                : t('fleet.title')}
            </span>
          </Text>
          {view.clusters && <ClusterStrip clusters={[...clusters.values()]} />}
          {connectionsPage && (
            <ButtonLink
              className={styles.topAction}
              href={connectionsPage}
              variant="tertiary"
              iconStart={<RiLinksLine />}
            >
              {t('fleet.connections')}
            </ButtonLink>
          )}
        </div>
        <FleetFilters
          filter={filter}
          choices={choices}
          onChange={changeFilter}
          onClear={clearFilter}
        />
        {phase === 'ready' && !impossible && (
          <StateChips
            counts={states}
            chosen={filter.state}
            onChange={chooseStates}
          />
        )}
        {filter.starred && (starred?.length ?? 0) > MAX_STARRED && (
          <Alert
            status="info"
            icon
            title={t('fleet.manyStarred', { limit: String(MAX_STARRED) })}
          />
        )}
        {phase === 'ready' && <FleetStale view={view} />}
        {phase === 'loading' && error && (
          <ReadError
            title={t('fleet.errorTitle')}
            error={error}
            onRetry={view.refresh}
          />
        )}
        {phase === 'loading' && !error && !impossible && <FleetSkeleton />}
        {phase === 'ready' && !impossible && rows.length > 0 && (
          <FleetMatrix view={view} clusters={clusters} links={links} />
        )}
        {phase === 'ready' &&
          !impossible &&
          rows.length === 0 &&
          !isNarrowed(filter) && (
            <EmptyState
              icon={RiGitRepositoryLine}
              title={t('fleet.emptyTitle')}
              description={t('fleet.emptyDescription')}
            />
          )}
        {(impossible ||
          (phase === 'ready' && rows.length === 0 && isNarrowed(filter))) && (
          <EmptyState
            icon={RiGitRepositoryLine}
            title={t('fleet.filteredTitle')}
            description={
              impossible && impossible !== 'nothing'
                ? t(`fleet.${impossible}`)
                : t('fleet.filteredDescription')
            }
            action={
              <Button variant="secondary" onPress={clearFilter}>
                {t('fleet.clear')}
              </Button>
            }
          />
        )}
      </Container>
    </ClockOffsetContext.Provider>
  );
}

/** Says that what is shown is not what is, since when and why. */
function FleetStale({ view }: { view: FleetView }) {
  const t = useGitopsTranslation();
  const answered = view.answeredAt;
  const time = useRelativeTime(
    answered === undefined
      ? undefined
      : new Date(answered + view.clockOffset).toISOString(),
  );
  if (!isPageStale(view, Date.now())) {
    return null;
  }
  const description = t('page.staleDescription', { time });
  return (
    <Alert
      status="warning"
      icon
      role="status"
      title={t('page.staleTitle')}
      description={
        view.error ? `${description} ${errorText(view.error)}` : description
      }
      customActions={
        <Button size="small" variant="tertiary" onPress={view.refresh}>
          {t('page.tryAgain')}
        </Button>
      }
    />
  );
}

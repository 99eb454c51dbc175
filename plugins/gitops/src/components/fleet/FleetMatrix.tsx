import { type CSSProperties, useEffect, useMemo, useRef } from 'react';
import { Text } from '@backstage/ui';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { fleetColumns } from './fleetColumns';
import { FleetRow } from './FleetRow';
import { fleetPhrases, type FleetWords } from './FleetWords';
import styles from './fleet.module.css';
import type { FleetView } from './useFleet';
import type { EntityLinks } from './useEntityLinks';
import { useFollowedLinks } from './useFollowedLinks';
import { useStable } from './useStable';

// Lengths in rem, as in the stylesheet.
/** Height of a row; a guess where rows differ. */
const ROW_HEIGHT = 5.25;
/** Up to this width a project is a block. */
const NARROW = 44;
/** Least widths of columns. */
const FIRST_COLUMN = 12;
const COLUMN = 11.5;
/** Rows drawn beyond both edges, so that fast scrolling and tabbing find them. */
const OVERSCAN = 8;
/** Rows from the end at which the next ones are read. */
const READ_AHEAD = 40;

export interface FleetMatrixProps {
  view: FleetView;
  clusters: Map<string, ClusterKnowledge>;
  links: EntityLinks;
}

/** Projects by environments. Only rows in sight are in the document. */
export function FleetMatrix({ view, clusters, links }: FleetMatrixProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { rows, total, readMore, hasMore, clockOffset } = view;
  const tick = useTick(5_000);
  const phrases = useMemo(() => fleetPhrases(t), [t]);
  const words = useMemo<FleetWords>(
    () => ({ ...phrases, locale, now: Date.now() + clockOffset }),
    // Time passes by itself: the tick stands for it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [phrases, locale, clockOffset, tick],
  );
  const known = useKnowledgeOfCells(clusters);
  const columns = useStable(useMemo(() => fleetColumns(rows), [rows]));
  const scroller = useRef<HTMLDivElement>(null);
  useFollowedLinks(scroller);
  const rem = useMemo(pixelsPerRem, []);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT * rem,
    getItemKey: index => rows[index].slug,
    overscan: OVERSCAN,
  });
  const items = virtualizer.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - READ_AHEAD) {
      readMore();
    }
    // Asked again with every answer: a read is refused while another one runs.
  }, [view, hasMore, last, rows.length, readMore]);

  const names = columns.others
    ? [...columns.names, t('fleet.others')]
    : columns.names;
  const width = virtualizer.scrollRect?.width ?? 0;
  // Only where rows differ in height are they measured: that has the browser lay
  // out the page at once for each that comes into sight.
  const measured = columns.others || width <= NARROW * rem;
  const wanted = (FIRST_COLUMN + names.length * COLUMN) * rem;
  // What was measured of one kind of rows does not hold for the other.
  useEffect(() => {
    virtualizer.measure();
    if (measured) {
      scroller.current
        ?.querySelectorAll('[data-index]')
        .forEach(row => virtualizer.measureElement(row));
    }
  }, [virtualizer, measured]);
  const style = { '--fleet-columns': names.length } as CSSProperties;
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      // Whoever has no mouse scrolls it by its keys.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="table"
      aria-label={t('fleet.matrix')}
      aria-rowcount={total + 1}
      aria-colcount={names.length + 1}
      aria-busy={view.changing || view.readingMore}
      data-measured={measured || undefined}
      data-scrolls-aside={width < wanted || undefined}
      style={style}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row}>
          <div role="columnheader" className={styles.project}>
            {t('fleet.project')}
          </div>
          {names.map(name => (
            <div key={name} role="columnheader" className={styles.cell}>
              {name}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className={styles.body}
        style={{ blockSize: virtualizer.getTotalSize() }}
      >
        {items.map(item => (
          <div
            key={item.key}
            ref={measured ? virtualizer.measureElement : undefined}
            data-index={item.index}
            role="row"
            aria-rowindex={item.index + 2}
            className={styles.row}
            style={{ insetBlockStart: item.start }}
          >
            <FleetRow
              row={rows[item.index]}
              columns={columns}
              clusters={known}
              links={links}
              words={words}
            />
          </div>
        ))}
      </div>
      {view.readingMore && (
        <Text as="p" variant="body-small" color="secondary">
          {t('fleet.loadingMore')}
        </Text>
      )}
    </div>
  );
}

/**
 * What cells tell of clusters: nothing of when a live one was heard, which is news
 * with every answer.
 */
function useKnowledgeOfCells(
  clusters: Map<string, ClusterKnowledge>,
): Map<string, ClusterKnowledge> {
  const told = useStable(
    [...clusters.values()].map(cluster =>
      cluster.trust === 'live' ? { ...cluster, heardAt: undefined } : cluster,
    ),
  );
  return useMemo(
    () => new Map(told.map(cluster => [cluster.name, cluster])),
    [told],
  );
}

/** What readers have set in their browser; 16 where it cannot be told. */
function pixelsPerRem(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

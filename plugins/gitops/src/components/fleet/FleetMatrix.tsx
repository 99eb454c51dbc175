import { type CSSProperties, useEffect, useMemo, useRef } from 'react';
import { Text } from '@backstage/ui';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { fleetColumns } from './fleetColumns';
import { FleetRow } from './FleetRow';
import styles from './fleet.module.css';
import type { FleetView } from './useFleet';
import type { EntityLinks } from './useEntityLinks';

/** Height of a usual row in pixels; the real one is measured once it is drawn. */
const ROW_HEIGHT = 84;
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
  const { rows, total, readMore, hasMore } = view;
  const columns = useMemo(() => fleetColumns(rows), [rows]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
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
            ref={virtualizer.measureElement}
            data-index={item.index}
            role="row"
            aria-rowindex={item.index + 2}
            className={styles.row}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <FleetRow
              row={rows[item.index]}
              columns={columns}
              clusters={clusters}
              links={links}
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

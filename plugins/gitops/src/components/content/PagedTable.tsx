import type { ReactNode } from 'react';
import { Button, Skeleton, Text } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { ReadError } from '../common/ReadError';
import styles from './content.module.css';
import type { Pages } from './usePages';

export interface PagedTableProps<T> {
  label: string;
  columns: string[];
  pages: Pages<T>;
  empty: string;
  /** Draws the row of an item, as a `tr` with a key. */
  row: (item: T) => ReactNode;
}

/** A plain table over a paged list, with its loading, empty and failed looks. */
export function PagedTable<T>({
  label,
  columns,
  pages,
  empty,
  row,
}: PagedTableProps<T>) {
  const t = useGitopsTranslation();
  const { items, loading, error, hasMore, more } = pages;
  return (
    <div className={styles.list}>
      {items.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table} aria-label={label}>
            <thead>
              <tr>
                {columns.map(column => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{items.map(row)}</tbody>
          </table>
        </div>
      )}
      {loading && (
        <div role="status" aria-busy aria-label={t('page.loading')}>
          <Skeleton width="100%" height={72} />
        </div>
      )}
      {error && (
        <ReadError title={t('history.failed')} error={error} onRetry={more} />
      )}
      {!loading && !error && items.length === 0 && (
        <Text as="p" color="secondary">
          {empty}
        </Text>
      )}
      {hasMore && !loading && !error && (
        <Button variant="tertiary" size="small" onPress={more}>
          {t('history.more')}
        </Button>
      )}
    </div>
  );
}

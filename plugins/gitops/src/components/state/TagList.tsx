import type { StateTag } from '../../presentation/stateTags';
import styles from './state.module.css';

export interface TagListProps {
  tags: StateTag[];
}

/** What stands beside a state, in a word or two each. */
export function TagList({ tags }: TagListProps) {
  if (tags.length === 0) {
    return null;
  }
  return (
    <ul className={styles.tags}>
      {tags.map(({ id, label, text, tone }) => (
        <li key={id} className={styles.tag} data-tone={tone} title={text}>
          {label}
        </li>
      ))}
    </ul>
  );
}

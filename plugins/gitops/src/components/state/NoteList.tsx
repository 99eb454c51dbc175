import { RiAlertLine, RiInformationLine } from '@remixicon/react';
import type { StateNote } from '../../presentation/stateNotes';
import styles from './state.module.css';

export interface NoteListProps {
  notes: StateNote[];
}

/** What stands beside a state, in plain sentences. */
export function NoteList({ notes }: NoteListProps) {
  if (notes.length === 0) {
    return null;
  }
  return (
    <ul className={styles.notes}>
      {notes.map(note => (
        <li key={note.id} className={styles.note} data-tone={note.tone}>
          <span className={styles.icon} aria-hidden>
            {note.tone === 'warning' ? (
              <RiAlertLine className={styles.glyph} />
            ) : (
              <RiInformationLine className={styles.glyph} />
            )}
          </span>
          <span>{note.text}</span>
        </li>
      ))}
    </ul>
  );
}

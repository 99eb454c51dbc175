import type { ComponentType, ReactNode } from 'react';
import styles from './state.module.css';

/** What a colour says; the word beside it says the same. */
export type BadgeTone =
  | 'positive'
  | 'negative'
  | 'warning'
  | 'progress'
  | 'neutral';

export interface BadgeProps {
  tone: BadgeTone;
  icon: ComponentType<{ className?: string }>;
  /** Drawn without the colour: not known to hold now. */
  muted?: boolean;
  /** Work is under way. */
  spins?: boolean;
  title?: string;
  children: ReactNode;
}

/** A word with an icon and a colour. */
export function Badge({
  tone,
  icon: Icon,
  muted,
  spins,
  title,
  children,
}: BadgeProps) {
  return (
    <span
      className={styles.badge}
      data-tone={muted ? 'neutral' : tone}
      data-muted={muted || undefined}
      title={title}
    >
      <span
        className={styles.icon}
        data-spins={(spins && !muted) || undefined}
        aria-hidden
      >
        <Icon className={styles.glyph} />
      </span>
      {children}
    </span>
  );
}

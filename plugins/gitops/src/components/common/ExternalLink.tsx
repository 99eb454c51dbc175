import type { ReactNode } from 'react';
import styles from './common.module.css';

export interface ExternalLinkProps {
  href: string;
  label?: string;
  children: ReactNode;
}

/** A link that leaves the portal. */
export function ExternalLink({ href, label, children }: ExternalLinkProps) {
  return (
    <a
      className={styles.link}
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={label}
    >
      {children}
    </a>
  );
}

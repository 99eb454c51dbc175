import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ChainLink } from '../../presentation/blockingChain';
import { StateBadge } from '../state/StateBadge';
import styles from './diagnosis.module.css';

export interface BlockingChainProps {
  /** What waits. */
  from: string;
  chain: ChainLink[];
}

/** From what waits to what has to move first. */
export function BlockingChain({ from, chain }: BlockingChainProps) {
  const t = useGitopsTranslation();
  return (
    <ol
      className={styles.chain}
      aria-label={t('diagnosis.chainOf', { name: from })}
    >
      <li>{from}</li>
      {chain.map(({ kind, namespace, name, environment, status }) => (
        <li key={`${kind}/${namespace}/${name}`}>
          <span>{environment ?? `${kind} ${name}`}</span>
          <StateBadge state={{ status, muted: false }} />
        </li>
      ))}
    </ol>
  );
}

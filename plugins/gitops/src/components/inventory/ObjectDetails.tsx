import type {
  InventoryDocument,
  InventoryObjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { objectCommands } from '../../presentation/commands';
import { CommandMenu } from '../common/CommandMenu';
import { useRelativeTime } from '../common/RelativeTime';
import styles from './inventory.module.css';
import { ObjectEventList } from './ObjectEventList';

export interface ObjectDetailsProps {
  object: InventoryObjectDocument;
  inventory: InventoryDocument;
}

/** One object: where it is, why it is not well, what happened to it, commands about it. */
export function ObjectDetails({ object, inventory }: ObjectDetailsProps) {
  const t = useGitopsTranslation();
  const { apiVersion, kind, namespace, name, message, createdAt } = object;
  const created = useRelativeTime(createdAt);
  const events = inventory.events.filter(
    event =>
      event.object.kind === kind &&
      event.object.name === name &&
      (event.object.namespace ?? '') === (namespace ?? ''),
  );
  return (
    <div className={styles.details} role="group" aria-label={`${kind} ${name}`}>
      <span className={styles.meta}>
        {[
          apiVersion,
          namespace ?? t('inventory.clusterScoped'),
          createdAt && t('inventory.created', { time: created }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {message && <p className={styles.why}>{message}</p>}
      {events.length > 0 && <ObjectEventList events={events} />}
      <CommandMenu name={name} commands={objectCommands(object)} />
    </div>
  );
}

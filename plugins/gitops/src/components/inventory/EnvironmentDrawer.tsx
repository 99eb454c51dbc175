import {
  Alert,
  Button,
  Dialog,
  DialogBody,
  DialogHeader,
  Skeleton,
  Tab,
  TabList,
  TabPanel,
  Tabs,
} from '@backstage/ui';
import { RiRefreshLine } from '@remixicon/react';
import type {
  EnvironmentDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { LinkPanel, LinkState } from '../../hooks/useLinkState';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { fluxObjectCommands } from '../../presentation/commands';
import { shownState } from '../../presentation/shownState';
import { CommandMenu } from '../common/CommandMenu';
import contrast from '../common/contrast.module.css';
import { ReadError } from '../common/ReadError';
import { useRelativeTime } from '../common/RelativeTime';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import { ConditionList } from './ConditionList';
import styles from './inventory.module.css';
import { InventoryTree } from './InventoryTree';
import { ObjectEventList } from './ObjectEventList';
import { useInventory } from './useInventory';

export interface EnvironmentDrawerProps {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  knowledge: ClusterKnowledge | undefined;
  link: LinkState;
  onLink: (next: LinkState) => void;
}

const PANELS = ['objects', 'conditions', 'events'] as const;

/**
 * What an environment has in its cluster: objects, conditions, events. Read when
 * it is opened; a refresh changes what is in it and closes nothing.
 */
export function EnvironmentDrawer({
  project,
  environment,
  knowledge,
  link,
  onLink,
}: EnvironmentDrawerProps) {
  const t = useGitopsTranslation();
  const { name, displayName, resource } = environment;
  const { inventory, reading, error, refresh } = useInventory(
    project.slug,
    name,
    project.version,
  );
  const takenAt = useRelativeTime(inventory?.takenAt);
  const state = shownState(resource, knowledge);
  const panel = PANELS.find(each => each === link.panel) ?? 'objects';
  return (
    <Dialog
      isOpen
      className={`${styles.drawer} ${contrast.readable}`}
      onOpenChange={open => {
        if (!open) {
          onLink({});
        }
      }}
    >
      <DialogHeader>
        {t('inventory.title', { environment: displayName })}
      </DialogHeader>
      <DialogBody className={styles.body}>
        <div className={styles.summary}>
          <StateBadge state={state} />
          <StateAge state={state} />
          <span className={styles.spacer} />
          <span className={styles.taken} role="status">
            {inventory && t('inventory.takenAt', { time: takenAt })}
          </span>
          <Button
            size="small"
            variant="tertiary"
            iconStart={<RiRefreshLine />}
            isPending={reading}
            onPress={refresh}
          >
            {t('inventory.refresh')}
          </Button>
        </div>
        {resource && (
          <CommandMenu
            name={resource.name}
            commands={fluxObjectCommands(resource)}
          />
        )}
        {error && (
          <ReadError
            title={t('inventory.failed')}
            error={error}
            onRetry={refresh}
          />
        )}
        {inventory && inventory.problems.length > 0 && (
          <Alert
            status="warning"
            icon
            title={t('inventory.problems')}
            description={inventory.problems.join(' ')}
          />
        )}
        {!inventory && reading && (
          <div role="status" aria-busy aria-label={t('inventory.reading')}>
            {[0, 1, 2, 3, 4].map(row => (
              <div key={row} className={styles.skeleton}>
                <Skeleton width="100%" height={28} />
              </div>
            ))}
          </div>
        )}
        {inventory && (
          <Tabs
            selectedKey={panel}
            onSelectionChange={key =>
              onLink({ ...link, panel: key as LinkPanel })
            }
          >
            <TabList>
              {PANELS.map(id => (
                <Tab key={id} id={id}>
                  {t(`inventory.${id}`)}
                </Tab>
              ))}
            </TabList>
            <TabPanel id="objects" className={styles.panel}>
              <InventoryTree
                inventory={inventory}
                selected={link.resource}
                onSelect={id => onLink({ ...link, resource: id })}
              />
            </TabPanel>
            <TabPanel id="conditions" className={styles.panel}>
              <ConditionList
                conditions={inventory.conditions}
                resource={resource}
              />
            </TabPanel>
            <TabPanel id="events" className={styles.panel}>
              <ObjectEventList events={inventory.events} />
            </TabPanel>
          </Tabs>
        )}
      </DialogBody>
    </Dialog>
  );
}

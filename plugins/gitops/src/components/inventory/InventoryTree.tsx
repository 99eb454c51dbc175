import { useEffect, useMemo, useRef, useState } from 'react';
import { ButtonIcon, SearchField, Switch, Text } from '@backstage/ui';
import {
  RiArrowDownSLine,
  RiArrowRightSLine,
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiDeleteBinLine,
  RiFileUnknowLine,
  RiLoader4Line,
  RiQuestionLine,
} from '@remixicon/react';
import type {
  InventoryDocument,
  ObjectHealth,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import {
  type InventoryNode,
  inventoryTree,
  isFailing,
} from '../../presentation/inventoryTree';
import { Badge, type BadgeProps } from '../state/Badge';
import styles from './inventory.module.css';
import { ObjectDetails } from './ObjectDetails';

const HEALTH: Record<ObjectHealth, Pick<BadgeProps, 'tone' | 'icon'>> = {
  current: { tone: 'positive', icon: RiCheckboxCircleLine },
  'in-progress': { tone: 'progress', icon: RiLoader4Line },
  failed: { tone: 'negative', icon: RiCloseCircleLine },
  terminating: { tone: 'warning', icon: RiDeleteBinLine },
  missing: { tone: 'negative', icon: RiFileUnknowLine },
  unknown: { tone: 'neutral', icon: RiQuestionLine },
};

export interface InventoryTreeProps {
  inventory: InventoryDocument;
  /** Id of the object whose details are open. */
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
}

/** The objects of an environment under those they belong to, failing ones first. */
export function InventoryTree({
  inventory,
  selected,
  onSelect,
}: InventoryTreeProps) {
  const t = useGitopsTranslation();
  const [failingOnly, setFailingOnly] = useState(false);
  const [text, setText] = useState('');
  const { objects } = inventory;
  const nodes = useMemo(
    () => inventoryTree(objects, { failingOnly, text }),
    [objects, failingOnly, text],
  );
  const failing = objects.filter(({ health }) => isFailing(health)).length;
  if (objects.length === 0) {
    return (
      <Text as="p" color="secondary">
        {t('inventory.none')}
      </Text>
    );
  }
  const shown = countOf(nodes);
  let nothing: string = t('inventory.noneMatch');
  if (failingOnly && !text.trim()) {
    nothing = t('inventory.noneFailing');
  }
  return (
    <div className={styles.tree}>
      <div className={styles.filters}>
        <SearchField
          size="small"
          className={styles.search}
          aria-label={t('inventory.search')}
          placeholder={t('inventory.search')}
          value={text}
          onChange={setText}
        />
        <Switch
          label={t('inventory.failingOnly')}
          isSelected={failingOnly}
          onChange={setFailingOnly}
        />
        <span role="status" className={styles.count}>
          {t('inventory.shown', { count: shown })}
          {failing > 0 && `, ${t('inventory.failing', { count: failing })}`}
        </span>
      </div>
      {nodes.length > 0 ? (
        <ul className={styles.nodes} aria-label={t('inventory.objects')}>
          {nodes.map(node => (
            <TreeNode
              key={node.object.id}
              node={node}
              inventory={inventory}
              selected={selected}
              onSelect={onSelect}
            />
          ))}
        </ul>
      ) : (
        <Text as="p" color="secondary">
          {nothing}
        </Text>
      )}
      {inventory.truncated && (
        <Text as="p" color="secondary">
          {t('inventory.truncated')}
        </Text>
      )}
    </div>
  );
}

interface TreeNodeProps {
  node: InventoryNode;
  inventory: InventoryDocument;
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
}

function TreeNode({ node, inventory, selected, onSelect }: TreeNodeProps) {
  const t = useGitopsTranslation();
  const { object, children } = node;
  const [collapsed, setCollapsed] = useState(false);
  const isSelected = selected === object.id;
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A link may lead to an object that is further down than the drawer shows.
    if (isSelected) {
      row.current?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [isSelected]);
  return (
    <li>
      <div
        ref={row}
        className={styles.node}
        data-selected={isSelected || undefined}
      >
        {children.length > 0 ? (
          <ButtonIcon
            size="small"
            variant="tertiary"
            icon={collapsed ? <RiArrowRightSLine /> : <RiArrowDownSLine />}
            aria-expanded={!collapsed}
            aria-label={
              collapsed
                ? t('inventory.expand', { name: object.name })
                : t('inventory.collapse', { name: object.name })
            }
            onPress={() => setCollapsed(!collapsed)}
          />
        ) : (
          <span className={styles.noChildren} />
        )}
        <button
          type="button"
          className={styles.object}
          aria-expanded={isSelected}
          onClick={() => onSelect(isSelected ? undefined : object.id)}
        >
          <span className={styles.kind}>{object.kind}</span>
          <span className={styles.name}>{object.name}</span>
        </button>
        <Badge
          {...HEALTH[object.health]}
          spins={object.health === 'in-progress'}
        >
          {t(`inventory.health.${object.health}`)}
        </Badge>
      </div>
      {object.message && !isSelected && object.health !== 'current' && (
        <p className={styles.why}>{object.message}</p>
      )}
      {isSelected && <ObjectDetails object={object} inventory={inventory} />}
      {children.length > 0 && !collapsed && (
        <ul className={styles.nodes}>
          {children.map(child => (
            <TreeNode
              key={child.object.id}
              node={child}
              inventory={inventory}
              selected={selected}
              onSelect={onSelect}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

function countOf(nodes: InventoryNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + countOf(children), 0);
}

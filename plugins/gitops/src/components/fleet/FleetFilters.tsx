import { memo, useEffect, useState } from 'react';
import { Button, SearchField, Select, ToggleButton } from '@backstage/ui';
import { RiFilterOffLine, RiStarLine, RiUserLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { type FleetFilter, isNarrowed } from './FleetFilter';
import styles from './fleet.module.css';
import { ownerName } from './useEntityLinks';
import type { FilterChoices } from './useFilterChoices';
import type { ChangeFilter } from './useFleetFilter';

/** Typing is over when nothing was typed for this long. */
const TYPING_MS = 250;

export interface FleetFiltersProps {
  filter: FleetFilter;
  choices: FilterChoices;
  onChange: ChangeFilter;
  onClear: () => void;
}

/** What narrows the fleet; every change is in the page's address. */
export const FleetFilters = memo(function FleetFilterFields(
  props: FleetFiltersProps,
) {
  const { filter, choices, onChange, onClear } = props;
  const t = useGitopsTranslation();
  return (
    <div
      className={styles.filters}
      role="search"
      aria-label={t('fleet.filters')}
    >
      <TextFilter
        text={filter.text}
        onChange={text => onChange({ text }, { replace: true })}
      />
      <ChoiceFilter
        label={t('fleet.owner')}
        values={choices.owner}
        chosen={filter.owner}
        labelOf={ownerName}
        onChange={owner => onChange({ owner })}
      />
      <ChoiceFilter
        label={t('fleet.environment')}
        values={choices.environment}
        chosen={filter.environment}
        onChange={environment => onChange({ environment })}
      />
      <ChoiceFilter
        label={t('fleet.cluster')}
        values={choices.cluster}
        chosen={filter.cluster}
        onChange={cluster => onChange({ cluster })}
      />
      <Select
        className={styles.choice}
        label={t('fleet.order')}
        value={filter.order}
        options={[
          { value: 'attention', label: t('fleet.byAttention') },
          { value: 'name', label: t('fleet.byName') },
        ]}
        onChange={order =>
          onChange({ order: order === 'name' ? 'name' : 'attention' })
        }
      />
      <div className={styles.switches}>
        <ToggleButton
          iconStart={<RiUserLine />}
          isSelected={filter.mine}
          onChange={mine => onChange({ mine })}
        >
          {t('fleet.mine')}
        </ToggleButton>
        <ToggleButton
          iconStart={<RiStarLine />}
          isSelected={filter.starred}
          onChange={starred => onChange({ starred })}
        >
          {t('fleet.starred')}
        </ToggleButton>
        {isNarrowed(filter) && (
          <Button
            size="small"
            variant="tertiary"
            iconStart={<RiFilterOffLine />}
            onPress={onClear}
          >
            {t('fleet.clear')}
          </Button>
        )}
      </div>
    </div>
  );
});

interface TextFilterProps {
  text: string;
  onChange: (text: string) => void;
}

function TextFilter({ text, onChange }: TextFilterProps) {
  const t = useGitopsTranslation();
  const [typed, setTyped] = useState(text);
  // The address changes by itself too: by going back, or by clearing.
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === text) {
      return undefined;
    }
    const timer = setTimeout(() => onChange(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <SearchField
      className={styles.text}
      size="small"
      label={t('fleet.search')}
      placeholder={t('fleet.searchHint')}
      maxLength={100}
      value={typed}
      onChange={setTyped}
    />
  );
}

interface ChoiceFilterProps {
  label: string;
  values: string[];
  chosen: string[];
  labelOf?: (value: string) => string;
  onChange: (chosen: string[]) => void;
}

function ChoiceFilter(props: ChoiceFilterProps) {
  const { label, values, chosen, labelOf = String, onChange } = props;
  const t = useGitopsTranslation();
  return (
    <Select
      className={styles.choice}
      selectionMode="multiple"
      label={label}
      placeholder={t('fleet.any')}
      searchable={values.length > 8}
      value={chosen}
      options={values.map(value => ({ value, label: labelOf(value) }))}
      onChange={keys => onChange(keys.map(String))}
    />
  );
}

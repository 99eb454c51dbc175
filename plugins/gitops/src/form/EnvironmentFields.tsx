import { useState } from 'react';
import { ButtonIcon } from '@backstage/ui';
import {
  RiArrowDownSLine,
  RiArrowUpSLine,
  RiDeleteBinLine,
} from '@remixicon/react';
import {
  type ClusterDocument,
  environmentTypeSchema,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { type EnvironmentChoice, typeByName } from './EnvironmentChoice';
import type { EnvironmentProblem } from './findEnvironmentProblems';
import styles from './form.module.css';
import { FormSelect } from './FormSelect';
import { FormTextField } from './FormTextField';

/** More than these nobody gathers for one change. */
const MAX_APPROVALS = 5;
/** Value of a choice that is left open. */
const OPEN = '';

export interface EnvironmentFieldsProps {
  id: string;
  /** 1-based place in the order. */
  position: number;
  environment: EnvironmentChoice;
  clusters: readonly ClusterDocument[];
  problem: EnvironmentProblem | undefined;
  isDisabled: boolean;
  onChange: (part: Partial<EnvironmentChoice>) => void;
  onRemove: () => void;
}

/** One environment of the form. */
export function EnvironmentFields(props: EnvironmentFieldsProps) {
  const { id, position, environment, clusters, problem, isDisabled } = props;
  const { onChange, onRemove } = props;
  const t = useGitopsTranslation();
  const { name, type, cluster, approvalRequired, minApprovals } = environment;
  const [open, setOpen] = useState(
    type !== undefined || approvalRequired !== undefined,
  );
  const shownName = name || t('environmentPicker.unnamed');
  const approvals = approvalRequired ? minApprovals ?? 1 : 0;
  return (
    <div
      role="group"
      aria-label={t('environmentPicker.item', {
        position: String(position),
        name: shownName,
      })}
      className={styles.environment}
    >
      <div className={styles.line}>
        <div className={styles.field}>
          <FormTextField
            id={`${id}-name`}
            label={t('environmentPicker.name')}
            value={name}
            isInvalid={problem?.startsWith('name') ?? false}
            isDisabled={isDisabled}
            onChange={value => onChange({ name: value })}
          />
        </div>
        {clusters.length > 1 && (
          <div className={styles.field}>
            <FormSelect
              id={`${id}-cluster`}
              label={t('environmentPicker.cluster')}
              value={cluster ?? OPEN}
              options={[
                { value: OPEN, label: t('environmentPicker.defaultCluster') },
                ...clusters.map(each => ({
                  value: each.name,
                  label:
                    each.state === 'unreachable'
                      ? t('environmentPicker.clusterUnusable', {
                          cluster: each.name,
                        })
                      : each.name,
                })),
              ]}
              isOptional
              isInvalid={problem === 'clusterUnknown'}
              isDisabled={isDisabled}
              onChange={value => onChange({ cluster: value || undefined })}
            />
          </div>
        )}
        <ButtonIcon
          variant="tertiary"
          icon={open ? <RiArrowUpSLine /> : <RiArrowDownSLine />}
          aria-expanded={open}
          aria-label={t(
            open ? 'environmentPicker.less' : 'environmentPicker.more',
            { environment: shownName },
          )}
          onPress={() => setOpen(!open)}
        />
        <ButtonIcon
          variant="tertiary"
          icon={<RiDeleteBinLine />}
          aria-label={t('environmentPicker.remove', {
            environment: shownName,
          })}
          isDisabled={isDisabled}
          onPress={onRemove}
        />
      </div>
      {open && (
        <div className={styles.line}>
          <div className={styles.field}>
            <FormSelect
              id={`${id}-type`}
              label={t('environmentPicker.type')}
              value={type ?? OPEN}
              options={[
                {
                  value: OPEN,
                  label: `${t('environmentPicker.typeByName')}: ${t(
                    `environmentPicker.types.${typeByName(name)}`,
                  )}`,
                },
                ...environmentTypeSchema.options.map(each => ({
                  value: each,
                  label: t(`environmentPicker.types.${each}`),
                })),
              ]}
              isOptional
              isInvalid={false}
              isDisabled={isDisabled}
              onChange={value =>
                onChange({
                  type: environmentTypeSchema.options.find(
                    each => each === value,
                  ),
                })
              }
            />
          </div>
          <div className={styles.field}>
            <FormSelect
              id={`${id}-approvals`}
              label={t('environmentPicker.approvals')}
              description={t('environmentPicker.approvalsDescription')}
              value={String(approvals)}
              options={Array.from(
                { length: MAX_APPROVALS + 1 },
                (_, count) => ({
                  value: String(count),
                  label:
                    count === 0
                      ? t('environmentPicker.approvalsNone')
                      : t('environmentPicker.approvalsSome', { count }),
                }),
              )}
              isOptional
              isInvalid={false}
              isDisabled={isDisabled}
              onChange={value =>
                onChange(
                  value === '0'
                    ? { approvalRequired: undefined, minApprovals: undefined }
                    : { approvalRequired: true, minApprovals: Number(value) },
                )
              }
            />
          </div>
        </div>
      )}
    </div>
  );
}

import { useCallback, useEffect, useRef, useState } from 'react';
import { Button, Flex, Text } from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import { RiAddLine } from '@remixicon/react';
import type { ClusterDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../api/GitopsApi';
import contrast from '../components/common/contrast.module.css';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { useRead } from '../hooks/useRead';
import { isForbidden } from '../presentation/isForbidden';
import {
  defaultEnvironments,
  type EnvironmentChoice,
  parseEnvironments,
} from './EnvironmentChoice';
import { EnvironmentFields } from './EnvironmentFields';
import type { EnvironmentPickerProps } from './environmentPickerSchema';
import { FieldHeading } from './FieldHeading';
import { findEnvironmentProblems } from './findEnvironmentProblems';
import styles from './form.module.css';
import { answerOf, DEFAULT_NAME_FROM } from './formAnswers';

/** As many as the backend takes. */
const MAX_ENVIRONMENTS = 20;

/**
 * Asks in a template's form which environments a project is to have, in the order
 * of promotion: names alone where there is one cluster, and more for those who ask.
 */
export function GitopsEnvironmentPicker(props: EnvironmentPickerProps) {
  const { formContext, formData, idSchema, onChange, rawErrors } = props;
  const { schema, uiSchema } = props;
  const t = useGitopsTranslation();
  const clusters = useClusters();
  const id = idSchema.$id;
  const environments = parseEnvironments(formData);
  const slug = answerOf(
    formContext,
    uiSchema['ui:options']?.nameFrom ?? DEFAULT_NAME_FROM,
  );
  const keys = useKeys(environments.length);
  const isDisabled = props.disabled || props.readonly || false;

  // Forms begin with an empty list: whoever empties it later is asked for one.
  const [isEmptyAtFirst] = useState(environments.length === 0);
  useEffect(() => {
    if (isEmptyAtFirst) {
      onChange(defaultEnvironments());
    }
    // The form gives a new function each time, and this is for its first.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isEmptyAtFirst]);

  function change(index: number, part: Partial<EnvironmentChoice>) {
    onChange(
      environments.map((environment, at) =>
        at === index ? withoutAbsent({ ...environment, ...part }) : environment,
      ),
    );
  }

  // Errors are those of the last attempt to go on; what has been put right since
  // is not marked any more.
  const problems =
    (rawErrors ?? []).length > 0
      ? findEnvironmentProblems(
          environments,
          slug,
          clusters.known?.map(({ name }) => name),
        )
      : [];
  const titleId = `${id}-title`;
  return (
    <Flex
      className={contrast.readable}
      direction="column"
      gap="4"
      role="group"
      aria-labelledby={titleId}
    >
      <FieldHeading
        id={titleId}
        title={schema.title ?? t('environmentPicker.title')}
        description={uiSchema['ui:description'] ?? schema.description}
      />
      {clusters.unread && (
        <Text as="p" variant="body-small" color="secondary" role="status">
          {t('environmentPicker.clustersUnread')}
        </Text>
      )}
      <ol className={styles.environments}>
        {environments.map((environment, index) => (
          <li key={keys.of(index)}>
            <EnvironmentFields
              id={`${id}-${keys.of(index)}`}
              position={index + 1}
              environment={environment}
              clusters={clusters.known ?? []}
              problem={problems[index]}
              isDisabled={isDisabled}
              onChange={part => change(index, part)}
              onRemove={() => {
                keys.remove(index);
                onChange(environments.filter((_, at) => at !== index));
              }}
            />
          </li>
        ))}
      </ol>
      {environments.length < MAX_ENVIRONMENTS && (
        <div>
          <Button
            size="small"
            variant="secondary"
            iconStart={<RiAddLine />}
            isDisabled={isDisabled}
            onPress={() => onChange([...environments, { name: '' }])}
          >
            {t('environmentPicker.add')}
          </Button>
        </div>
      )}
    </Flex>
  );
}

/** The portal's clusters; for those who may not see them there is the default one. */
function useClusters(): { known?: ClusterDocument[]; unread: boolean } {
  const api = useApi(gitopsApiRef);
  const read = useCallback(
    (signal: AbortSignal) => api.listClusters({ signal }),
    [api],
  );
  const { value, error } = useRead(read);
  return { known: value, unread: Boolean(error && !isForbidden(error)) };
}

/** Keys that stay with their environment while others are removed before it. */
function useKeys(count: number) {
  const next = useRef(0);
  const [keys] = useState<number[]>([]);
  while (keys.length < count) {
    keys.push(next.current);
    next.current += 1;
  }
  return {
    of: (index: number) => keys[index],
    remove: (index: number) => keys.splice(index, 1),
  };
}

function withoutAbsent(environment: EnvironmentChoice): EnvironmentChoice {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined),
  ) as EnvironmentChoice;
}

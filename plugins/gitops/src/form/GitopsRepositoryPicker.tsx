import { useEffect } from 'react';
import { Alert, Flex } from '@backstage/ui';
import contrast from '../components/common/contrast.module.css';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { FieldHeading } from './FieldHeading';
import { findRepositoryProblems } from './findRepositoryProblems';
import { FormSelect } from './FormSelect';
import { FormTextField } from './FormTextField';
import { answerOf, DEFAULT_NAME_FROM } from './formAnswers';
import { connectionTo, RepositoryConnection } from './RepositoryConnection';
import type { RepositoryPickerProps } from './repositoryPickerSchema';
import {
  type ChosenRepository,
  formatRepositoryUrl,
  parseRepositoryUrl,
} from './repositoryUrl';
import { useFollowedName } from './useFollowedName';
import { useGitHosts } from './useGitHosts';

/**
 * Asks in a template's form where the repository is to be: at which of the
 * portal's Git hosts, under whom, and by which name. Its value is
 * `<host>?owner=<owner>&repo=<name>`, with `&connection=<id>` where Flux is to
 * read it with the user's connection.
 */
export function GitopsRepositoryPicker(props: RepositoryPickerProps) {
  const { formContext, formData, idSchema, onChange, rawErrors } = props;
  const { schema, uiSchema } = props;
  const t = useGitopsTranslation();
  const { hosts, connectable, connections } = useGitHosts();

  const id = idSchema.$id;
  const given = parseRepositoryUrl(formData);
  const nameFrom = uiSchema['ui:options']?.nameFrom ?? DEFAULT_NAME_FROM;
  const followed = useFollowedName(
    id,
    given.name,
    answerOf(formContext, nameFrom),
  );
  const chosen: ChosenRepository = {
    ...given,
    host: given.host || (hosts.length === 1 ? hosts[0].host : ''),
    name: followed.name,
  };

  const value = formatRepositoryUrl(chosen);
  useEffect(() => {
    if (value !== formData) {
      onChange(value);
    }
  }, [value, formData, onChange]);

  function change(part: Partial<ChosenRepository>) {
    onChange(formatRepositoryUrl({ ...chosen, ...part }));
  }

  // Errors are those of the last attempt to go on; what has been put right since
  // is not marked any more.
  const problems =
    rawErrors.length > 0 ? findRepositoryProblems(chosen, hosts) : undefined;
  const connection = connectionTo(connections, chosen.host);
  const isDisabled = props.disabled || props.readonly;
  const description = uiSchema['ui:description'] ?? schema.description;
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
        title={schema.title ?? t('repository.title')}
        description={description}
      />
      {hosts.length === 0 ? (
        <Alert
          status="warning"
          icon
          role="alert"
          title={t('repository.problem.noHosts')}
          description={t('repository.host.none')}
        />
      ) : (
        <>
          <FormSelect
            id={`${id}-host`}
            label={t('repository.host.label')}
            description={t('repository.host.description')}
            options={hosts.map(({ host, title }) => ({
              value: host,
              label: title,
            }))}
            value={chosen.host}
            isInvalid={Boolean(problems?.host)}
            isDisabled={isDisabled}
            onChange={host => change({ host, connection: undefined })}
          />
          <FormTextField
            id={`${id}-owner`}
            label={t('repository.owner.label')}
            description={t('repository.owner.description')}
            value={chosen.owner}
            isInvalid={Boolean(problems?.owner)}
            isDisabled={isDisabled}
            onChange={owner => change({ owner })}
          />
          <FormTextField
            id={`${id}-name`}
            label={t('repository.name.label')}
            description={t('repository.name.description')}
            value={chosen.name}
            isInvalid={Boolean(problems?.name)}
            isDisabled={isDisabled}
            onChange={name => {
              followed.stopFollowing();
              change({ name });
            }}
          />
          {connectable.has(chosen.host) && (
            <RepositoryConnection
              host={chosen.host}
              connection={connection}
              isUsed={
                connection !== undefined && connection.id === chosen.connection
              }
              isDisabled={isDisabled ?? false}
              onChange={isUsed =>
                change({ connection: isUsed ? connection?.id : undefined })
              }
            />
          )}
        </>
      )}
    </Flex>
  );
}

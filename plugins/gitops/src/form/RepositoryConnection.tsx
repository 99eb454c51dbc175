import { Alert, Checkbox, Flex, Link, Text } from '@backstage/ui';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../hooks/useGitopsTranslation';
import { useOptionalRoute } from '../hooks/useOptionalRoute';
import { connectionsRouteRef } from '../routes';

export interface RepositoryConnectionProps {
  host: string;
  /** The user's connection to the host, the best one if there are several. */
  connection: ConnectionDocument | undefined;
  /** Whether Flux is to read with it. */
  isUsed: boolean;
  isDisabled: boolean;
  onChange: (isUsed: boolean) => void;
}

/** What the user's connection to the chosen host can do for the repository. */
export function RepositoryConnection(props: RepositoryConnectionProps) {
  const { host, connection, isUsed, isDisabled, onChange } = props;
  const t = useGitopsTranslation();
  const connectionsPage = useOptionalRoute(connectionsRouteRef);
  if (connection?.status === 'active') {
    return (
      <Flex direction="column" gap="1">
        <Checkbox
          isSelected={isUsed}
          isDisabled={isDisabled}
          onChange={onChange}
        >
          {t('repositoryConnection.use')}
        </Checkbox>
        <Text as="p" variant="body-small" color="secondary">
          {t('repositoryConnection.useDescription', {
            account: connection.username ?? host,
          })}
        </Text>
      </Flex>
    );
  }
  if (!connectionsPage) {
    return null;
  }
  // Beside the form, which would lose what was typed into it.
  const link = (
    <Link href={connectionsPage} target="_blank" rel="noopener">
      {t(
        connection
          ? 'repositoryConnection.brokenAction'
          : 'repositoryConnection.noneAction',
      )}
    </Link>
  );
  return connection ? (
    <Alert
      status="warning"
      icon
      title={t('repositoryConnection.broken', { host })}
      customActions={link}
    />
  ) : (
    <Text as="p" variant="body-small" color="secondary">
      {t('repositoryConnection.none', { host })} {link}
    </Text>
  );
}

/** The connection that serves the host best: one that works, if there is one. */
export function connectionTo(
  connections: readonly ConnectionDocument[],
  host: string,
): ConnectionDocument | undefined {
  const own = connections.filter(each => each.host === host);
  return own.find(each => each.status === 'active') ?? own[0];
}

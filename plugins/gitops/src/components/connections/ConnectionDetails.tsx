import { useState } from 'react';
import { Avatar, Button, Text } from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { backendText } from '../../presentation/backendText';
import { errorText } from '../../presentation/errorText';
import { RelativeTime } from '../common/RelativeTime';
import { ConnectionStatusBadge } from './ConnectionStatusBadge';
import styles from './connections.module.css';
import { ExpiryTime } from './ExpiryTime';

/** Projects named before the rest is counted. */
const NAMED_PROJECTS = 5;

export interface ConnectionDetailsProps {
  connection: ConnectionDocument;
  /** Absent where the portal no longer offers the host. */
  onReconnect?: () => void;
  onDisconnect: () => void;
  /** The connection has been looked at, and may have changed. */
  onTested: () => Promise<void>;
}

/** One of the user's connections: what it is, whether it holds, what hangs on it. */
export function ConnectionDetails(props: ConnectionDetailsProps) {
  const { connection, onReconnect, onDisconnect, onTested } = props;
  const { host, status, username, usedBy } = connection;
  const t = useGitopsTranslation();
  const locale = useLocale();
  const api = useApi(gitopsApiRef);
  const [test, setTest] = useState<{ busy?: boolean; outcome?: string }>({});

  async function runTest() {
    setTest({ busy: true });
    try {
      const tested = await api.testConnection(connection.id);
      await onTested();
      setTest({
        outcome:
          tested.status === 'active'
            ? t('connections.testGood')
            : t('connections.testBad', {
                status: t(`connections.status.${tested.status}`),
              }),
      });
    } catch (thrown) {
      setTest({
        outcome: `${t('connections.testFailed')}: ${errorText(
          toError(thrown),
        )}`,
      });
    }
  }

  const meaning =
    backendText(connection.message, connection.wording, t, locale) ??
    t(`connections.statusMeaning.${status}`);
  return (
    <div className={styles.connection}>
      <div className={styles.account}>
        <Avatar
          // The host's picture is of another origin, which portals do not let
          // pages load from.
          src=""
          name={username ?? host}
          size="small"
          purpose="decoration"
        />
        <Text weight="bold">{username ?? t('connections.noAccount')}</Text>
        <ConnectionStatusBadge status={status} />
      </div>
      {meaning && (
        <p className={styles.meaning} data-status={status}>
          {meaning}
        </p>
      )}
      <dl className={styles.facts}>
        <div>
          <dt>{t('connections.method')}</dt>
          <dd>
            {connection.method === 'oauth'
              ? t('connections.byOauth')
              : t('connections.byToken')}
          </dd>
        </div>
        <div>
          <dt>{t('connections.since')}</dt>
          <dd>
            <RelativeTime time={connection.connectedAt} />
          </dd>
        </div>
        <div>
          <dt>{t('connections.expires')}</dt>
          <dd>
            <ExpiryTime connection={connection} />
          </dd>
        </div>
        {connection.scopes && connection.scopes.length > 0 && (
          <div>
            <dt>{t('connections.scopes')}</dt>
            <dd>
              <ul className={styles.scopes}>
                {connection.scopes.map(scope => (
                  <li key={scope}>
                    <code>{scope}</code>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
        <div>
          <dt>{t('connections.usedBy')}</dt>
          <dd title={usedBy.join(', ')}>
            {usedBy.length === 0 && t('connections.usedByNone')}
            {usedBy.slice(0, NAMED_PROJECTS).join(', ')}
            {usedBy.length > NAMED_PROJECTS &&
              ` ${t('connections.usedByMore', {
                count: usedBy.length - NAMED_PROJECTS,
              })}`}
          </dd>
        </div>
      </dl>
      <div className={styles.actions}>
        <Button
          size="small"
          variant="secondary"
          isPending={test.busy}
          aria-label={t('connections.testOf', { host })}
          onPress={() => void runTest()}
        >
          {t('connections.test')}
        </Button>
        {onReconnect && (
          <Button
            size="small"
            variant={status === 'active' ? 'tertiary' : 'primary'}
            aria-label={t('connections.reconnectOf', { host })}
            onPress={onReconnect}
          >
            {t('connections.reconnect')}
          </Button>
        )}
        <Button
          size="small"
          variant="tertiary"
          destructive
          aria-label={t('connections.disconnectOf', { host })}
          onPress={onDisconnect}
        >
          {t('connections.disconnect')}
        </Button>
        <span role="status" className={styles.outcome}>
          {test.outcome}
        </span>
      </div>
    </div>
  );
}

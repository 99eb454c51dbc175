import { useState } from 'react';
import {
  Alert,
  ButtonLink,
  Container,
  Skeleton,
  Text,
  VisuallyHidden,
} from '@backstage/ui';
import { RiArrowLeftLine, RiLinksLine, RiLockLine } from '@remixicon/react';
import { useLocation } from 'react-router-dom';
import type {
  ConnectionDocument,
  ConnectionHostDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useOptionalRoute } from '../../hooks/useOptionalRoute';
import { errorText } from '../../presentation/errorText';
import { isForbidden } from '../../presentation/isForbidden';
import { fleetRouteRef } from '../../routes';
import contrast from '../common/contrast.module.css';
import { EmptyState } from '../common/EmptyState';
import { ReadError } from '../common/ReadError';
import styles from './connections.module.css';
import { connectedFrom, type ConnectedNews } from './connectedNews';
import { DisconnectDialog } from './DisconnectDialog';
import { HostCard } from './HostCard';
import { TokenDialog } from './TokenDialog';
import { useAuthorize } from './useAuthorize';
import { useConnections } from './useConnections';

type OpenDialog =
  | { kind: 'token'; host: ConnectionHostDocument }
  | { kind: 'disconnect'; connection: ConnectionDocument };

/** The user's own connections to Git hosts, and the hosts to connect to. */
export function ConnectionsList() {
  const t = useGitopsTranslation();
  const fleetPage = useOptionalRoute(fleetRouteRef);
  const { value: groups, error, readAgain } = useConnections();
  const authorize = useAuthorize();
  const arrived = connectedFrom(useLocation().state);
  const [open, setOpen] = useState<OpenDialog>();
  const [news, setNews] = useState<string | undefined>(
    arrived && connectedText(arrived),
  );

  function connectedText({ host, username }: ConnectedNews): string {
    return username
      ? t('connections.connected', { host, account: username })
      : t('connections.connectedNameless', { host });
  }

  async function settle(text: string) {
    setOpen(undefined);
    await readAgain();
    setNews(text);
  }

  return (
    <Container className={`${styles.page} ${contrast.readable}`}>
      <div className={styles.top}>
        <Text as="p" color="secondary" className={styles.intro}>
          {t('connections.intro')}
        </Text>
        {fleetPage && (
          <ButtonLink
            href={fleetPage}
            variant="tertiary"
            iconStart={<RiArrowLeftLine />}
          >
            {t('connections.back')}
          </ButtonLink>
        )}
      </div>
      <div role="status">
        {news && <Alert status="success" icon title={news} />}
      </div>
      {authorize.error && (
        <Alert
          status="danger"
          icon
          role="alert"
          title={t('connections.connectFailed')}
          description={errorText(authorize.error)}
        />
      )}
      {error &&
        (isForbidden(error) ? (
          <EmptyState
            icon={RiLockLine}
            title={t('connections.forbiddenTitle')}
            description={t('connections.forbiddenDescription')}
          />
        ) : (
          <ReadError
            title={t('connections.errorTitle')}
            error={error}
            onRetry={() => void readAgain()}
          />
        ))}
      {!groups && !error && (
        <div className={styles.hosts} role="status">
          <VisuallyHidden>{t('connections.loading')}</VisuallyHidden>
          <Skeleton height={168} />
          <Skeleton height={168} />
        </div>
      )}
      {groups?.length === 0 && (
        <EmptyState
          icon={RiLinksLine}
          title={t('connections.emptyTitle')}
          description={t('connections.emptyDescription')}
        />
      )}
      {groups && groups.length > 0 && (
        <div className={styles.hosts}>
          {groups.map(group => (
            <HostCard
              key={group.host.host}
              group={group}
              leaving={authorize.goingTo === group.host.host}
              onAuthorize={({ host }) => void authorize.start(host)}
              onToken={host => setOpen({ kind: 'token', host })}
              onDisconnect={connection =>
                setOpen({ kind: 'disconnect', connection })
              }
              onTested={readAgain}
            />
          ))}
        </div>
      )}
      {open?.kind === 'token' && (
        <TokenDialog
          host={open.host}
          onConnected={connection => void settle(connectedText(connection))}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.kind === 'disconnect' && (
        <DisconnectDialog
          connection={open.connection}
          onDisconnected={() =>
            void settle(
              t('connections.disconnected', { host: open.connection.host }),
            )
          }
          onClose={() => setOpen(undefined)}
        />
      )}
    </Container>
  );
}

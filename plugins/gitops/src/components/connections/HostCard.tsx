import type { ComponentType } from 'react';
import { Button, Card, CardBody, CardHeader, Text } from '@backstage/ui';
import {
  RiGitBranchLine,
  RiGithubFill,
  RiGitlabFill,
  RiKey2Line,
  RiLinksLine,
} from '@remixicon/react';
import type {
  ConnectionDocument,
  ConnectionHostDocument,
  GitProvider,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { ConnectionDetails } from './ConnectionDetails';
import styles from './connections.module.css';
import type { HostConnections } from './useConnections';

const PROVIDERS: Record<
  GitProvider,
  { name: string; icon: ComponentType<{ className?: string }> }
> = {
  github: { name: 'GitHub', icon: RiGithubFill },
  gitlab: { name: 'GitLab', icon: RiGitlabFill },
  gitea: { name: 'Gitea', icon: RiGitBranchLine },
};

export interface HostCardProps {
  group: HostConnections;
  /** The browser is on its way to this host. */
  leaving: boolean;
  onAuthorize: (host: ConnectionHostDocument) => void;
  onToken: (host: ConnectionHostDocument) => void;
  onDisconnect: (connection: ConnectionDocument) => void;
  onTested: () => Promise<void>;
}

/** One Git host with the user's connections to it, and ways to make one. */
export function HostCard(props: HostCardProps) {
  const { group, leaving, onAuthorize, onToken, onDisconnect, onTested } =
    props;
  const { host, offer, connections } = group;
  const t = useGitopsTranslation();
  const { name, icon: Icon } = PROVIDERS[host.provider];
  const canAuthorize = offer?.oauth;
  return (
    <Card className={styles.host} role="region" aria-label={host.host}>
      <CardHeader>
        <div className={styles.hostHeader}>
          <span aria-hidden className={styles.hostIcon}>
            <Icon />
          </span>
          <div className={styles.hostName}>
            <Text as="h2" variant="title-x-small" weight="bold">
              {host.host}
            </Text>
            <Text variant="body-small" color="secondary">
              {name},{' '}
              {offer
                ? t(`connections.host.${host.serverType}`)
                : t('connections.host.removed')}
            </Text>
          </div>
        </div>
      </CardHeader>
      <CardBody>
        {connections.length === 0 && (
          <Text as="p" color="secondary">
            {t('connections.none')}
          </Text>
        )}
        {connections.map(connection => (
          <ConnectionDetails
            key={connection.id}
            connection={connection}
            onReconnect={
              offer &&
              (() =>
                connection.method === 'oauth' && offer.oauth
                  ? onAuthorize(offer)
                  : onToken(offer))
            }
            onDisconnect={() => onDisconnect(connection)}
            onTested={onTested}
          />
        ))}
        {offer && connections.length === 0 && (
          <div className={styles.actions}>
            {canAuthorize && (
              <Button
                size="small"
                iconStart={<RiLinksLine />}
                isPending={leaving}
                aria-label={t('connections.connectTo', { host: host.host })}
                onPress={() => onAuthorize(offer)}
              >
                {t('connections.connect')}
              </Button>
            )}
            <Button
              size="small"
              variant={canAuthorize ? 'secondary' : 'primary'}
              iconStart={<RiKey2Line />}
              aria-label={t('connections.useTokenOf', { host: host.host })}
              onPress={() => onToken(offer)}
            >
              {t('connections.useToken')}
            </Button>
          </div>
        )}
      </CardBody>
    </Card>
  );
}

import {
  RiAlertLine,
  RiCheckboxCircleLine,
  RiFileUnknowLine,
  RiHistoryLine,
} from '@remixicon/react';
import { Text } from '@backstage/ui';
import type {
  CredentialLocationDocument,
  EnvironmentDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { RelativeTime } from '../common/RelativeTime';
import { Badge, type BadgeProps } from '../state/Badge';
import styles from './credentials.module.css';

const STATES: Record<
  CredentialLocationDocument['state'],
  Pick<BadgeProps, 'tone' | 'icon'>
> = {
  current: { tone: 'positive', icon: RiCheckboxCircleLine },
  outdated: { tone: 'warning', icon: RiHistoryLine },
  drifted: { tone: 'warning', icon: RiAlertLine },
  missing: { tone: 'negative', icon: RiFileUnknowLine },
};

export interface CredentialLocationsProps {
  locations: CredentialLocationDocument[];
  environments: EnvironmentDocument[];
}

/** Every Secret that holds the credential. */
export function CredentialLocations({
  locations,
  environments,
}: CredentialLocationsProps) {
  const t = useGitopsTranslation();
  const title = t('credentials.locations');
  if (locations.length === 0) {
    return (
      <Text as="p" color="secondary">
        {t('credentials.noLocations')}
      </Text>
    );
  }
  // Flux's own first, then the environments as everywhere else.
  const position = ({ environment }: CredentialLocationDocument) =>
    environments.findIndex(({ name }) => name === environment);
  const inOrder = [...locations].sort((a, b) => position(a) - position(b));
  const nameOf = ({ environment }: CredentialLocationDocument) =>
    environment === undefined
      ? t('credentials.fluxNamespace')
      : environments.find(({ name }) => name === environment)?.displayName ??
        environment;
  return (
    <div>
      <h4 className={styles.heading}>{title}</h4>
      <div
        className={styles.scroll}
        role="region"
        aria-label={title}
        // A keyboard has to be able to scroll it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('credentials.column.where')}</th>
              <th scope="col">{t('credentials.column.secret')}</th>
              <th scope="col">{t('credentials.column.state')}</th>
              <th scope="col">{t('credentials.column.synced')}</th>
            </tr>
          </thead>
          <tbody>
            {inOrder.map(location => {
              const { cluster, namespace, secretName, state } = location;
              return (
                <tr key={`${cluster}/${namespace}/${secretName}`}>
                  <td>
                    {nameOf(location)}
                    <div className={styles.hint}>
                      {t('pipeline.where', { namespace, cluster })}
                    </div>
                  </td>
                  <td>
                    <code>{secretName}</code>
                    {location.feeds.length > 0 && (
                      <div className={styles.hint}>
                        {t('credentials.feeds', {
                          names: location.feeds.join(', '),
                        })}
                      </div>
                    )}
                  </td>
                  <td>
                    <Badge {...STATES[state]}>
                      {t(`credentials.locationState.${state}`)}
                    </Badge>
                  </td>
                  <td>
                    {location.syncedAt && (
                      <RelativeTime time={location.syncedAt} />
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

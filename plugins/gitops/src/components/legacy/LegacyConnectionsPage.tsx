import { Content, Header, Page } from '@backstage/core-components';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { ConnectionsPage } from '../connections/ConnectionsPage';

/** The connections with the page around them that apps on the older system expect. */
export function LegacyConnectionsPage() {
  const t = useGitopsTranslation();
  return (
    <Page themeId="tool">
      <Header title={t('connections.title')} />
      <Content noPadding>
        <ConnectionsPage />
      </Content>
    </Page>
  );
}

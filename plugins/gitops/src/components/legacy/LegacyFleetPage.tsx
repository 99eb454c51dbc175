import { Content, Header, Page } from '@backstage/core-components';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { FleetPage, type FleetPageProps } from '../fleet/FleetPage';

/** The fleet with the page around it that apps on the older system expect. */
export function LegacyFleetPage(props: FleetPageProps) {
  const t = useGitopsTranslation();
  return (
    <Page themeId="tool">
      <Header title={t('fleet.title')} />
      <Content noPadding>
        <FleetPage {...props} />
      </Content>
    </Page>
  );
}

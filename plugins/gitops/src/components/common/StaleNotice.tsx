import { Alert, Button } from '@backstage/ui';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { errorText } from '../../presentation/errorText';
import { useRelativeTime } from './RelativeTime';

export interface StaleNoticeProps {
  view: ProjectView;
}

/** Says that the page has lost touch with the portal, since when, and why. */
export function StaleNotice({ view }: StaleNoticeProps) {
  const t = useGitopsTranslation();
  const time = useRelativeTime(view.project?.serverTime);
  const description = t('page.staleDescription', { time });
  return (
    <Alert
      status="warning"
      icon
      role="status"
      title={t('page.staleTitle')}
      description={
        view.error ? `${description} ${errorText(view.error)}` : description
      }
      customActions={
        <Button
          size="small"
          variant="tertiary"
          onPress={() => void view.refresh()}
        >
          {t('page.tryAgain')}
        </Button>
      }
    />
  );
}

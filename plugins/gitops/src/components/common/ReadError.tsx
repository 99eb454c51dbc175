import { Alert, Button } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { errorText } from '../../presentation/errorText';

export interface ReadErrorProps {
  title: string;
  error: Error;
  onRetry: () => void;
}

/** A read that failed, with its reason and a way to try again. */
export function ReadError({ title, error, onRetry }: ReadErrorProps) {
  const t = useGitopsTranslation();
  return (
    <Alert
      status="danger"
      icon
      role="alert"
      title={title}
      description={errorText(error)}
      customActions={
        <Button size="small" variant="tertiary" onPress={onRetry}>
          {t('page.tryAgain')}
        </Button>
      }
    />
  );
}

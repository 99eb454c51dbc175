import { lazy, Suspense, useId, useState } from 'react';
import { Button, ButtonIcon, Menu, MenuItem, MenuTrigger } from '@backstage/ui';
import { RiMore2Line, RiPlayLine, RiRefreshLine } from '@remixicon/react';
import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { actionText, obstacleTo } from './actionText';
import styles from './environment.module.css';
import { useEnvironmentAction } from './useEnvironmentAction';

const SuspendDialog = lazy(() =>
  import('./SuspendDialog').then(module => ({ default: module.SuspendDialog })),
);

export interface EnvironmentActionsProps {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  source: ResourceStateDocument | undefined;
  knowledge: ClusterKnowledge | undefined;
  view: ProjectView;
  onDetails: () => void;
}

/** What one may ask of an environment, how far it has come, or why it is not to be had. */
export function EnvironmentActions({
  project,
  environment,
  source,
  knowledge,
  view,
  onDetails,
}: EnvironmentActionsProps) {
  const t = useGitopsTranslation();
  const descriptionId = useId();
  const [suspending, setSuspending] = useState(false);
  const { resource, displayName } = environment;
  const action = useEnvironmentAction({ project, environment, source, view });
  const { state, busy } = action;
  const obstacle = obstacleTo(project, resource, knowledge, t);
  const suspended = resource?.status === 'suspended';
  const description =
    obstacle ?? (state && actionText(state, resource, t)) ?? '';
  const disabled = obstacle !== undefined;
  return (
    <div className={styles.actions}>
      <div className={styles.buttons}>
        <Button
          size="small"
          variant="tertiary"
          aria-label={t('pipeline.detailsFor', { environment: displayName })}
          onPress={onDetails}
        >
          {t('pipeline.details')}
        </Button>
        {suspended ? (
          <Button
            size="small"
            variant="secondary"
            iconStart={<RiPlayLine />}
            aria-label={t('resume.actionFor', { environment: displayName })}
            aria-describedby={descriptionId}
            isDisabled={disabled}
            isPending={busy}
            onPress={() => void action.resume()}
          >
            {t('resume.action')}
          </Button>
        ) : (
          <Button
            size="small"
            variant="secondary"
            iconStart={<RiRefreshLine />}
            aria-label={t('reconcile.actionFor', { environment: displayName })}
            aria-describedby={descriptionId}
            isDisabled={disabled}
            isPending={busy}
            onPress={() => void action.reconcile({ withSource: true })}
          >
            {t('reconcile.action')}
          </Button>
        )}
        <MenuTrigger>
          <ButtonIcon
            size="small"
            variant="tertiary"
            icon={<RiMore2Line />}
            aria-label={t('reconcile.menuFor', { environment: displayName })}
            isDisabled={disabled || suspended}
          />
          <Menu placement="bottom end">
            <MenuItem
              id="without-source"
              onAction={() => void action.reconcile({ withSource: false })}
            >
              {t('reconcile.withoutSource')}
            </MenuItem>
            <MenuItem id="suspend" onAction={() => setSuspending(true)}>
              {t('suspend.action')}
            </MenuItem>
          </Menu>
        </MenuTrigger>
      </div>
      <span
        id={descriptionId}
        role="status"
        className={styles.actionText}
        data-failed={state?.progress === 'refused' || undefined}
      >
        {description}
      </span>
      {suspending && (
        <Suspense fallback={null}>
          <SuspendDialog
            slug={project.slug}
            environment={environment}
            onClose={() => setSuspending(false)}
            onConfirm={request => {
              setSuspending(false);
              void action.suspend(request);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

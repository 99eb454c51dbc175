import { useId } from 'react';
import type { InitializationDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { setupStepName } from '../../presentation/setupStepName';
import styles from './setup.module.css';

export interface SetupProgressProps {
  initialization: InitializationDocument;
  failed: boolean;
}

/** How far a set-up has come: the step at work, a bar, the percentage. */
export function SetupProgress({ initialization, failed }: SetupProgressProps) {
  const t = useGitopsTranslation();
  const id = useId();
  const { progress, steps = [] } = initialization;
  const current = steps.find(
    step => step.status === 'running' || step.status === 'failed',
  );
  return (
    <div className={styles.progress}>
      <div className={styles.progressText}>
        <span id={id}>
          {current ? setupStepName(current, t) : t('setup.title')}
        </span>
        <span>{t('setup.progress', { progress: String(progress) })}</span>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={progress}
      >
        <div
          className={styles.bar}
          data-failed={failed || undefined}
          style={{ inlineSize: `${progress}%` }}
        />
      </div>
    </div>
  );
}

import type { ComponentType } from 'react';
import {
  RiCheckboxCircleLine,
  RiCheckboxBlankCircleLine,
  RiCloseCircleLine,
  RiLoader4Line,
  RiSkipForwardLine,
} from '@remixicon/react';
import type {
  StepDocument,
  StepStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { useClockOffset } from '../../hooks/useClockOffset';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';
import { formatDuration } from '../../presentation/formatDuration';
import { setupStepName } from '../../presentation/setupStepName';
import styles from './setup.module.css';

const ICONS: Record<StepStatus, ComponentType<{ className?: string }>> = {
  pending: RiCheckboxBlankCircleLine,
  running: RiLoader4Line,
  completed: RiCheckboxCircleLine,
  failed: RiCloseCircleLine,
  skipped: RiSkipForwardLine,
};

export interface SetupStepsProps {
  steps: StepDocument[];
  /** False when no replica works on it: a running step is then only the last one begun. */
  running: boolean;
}

/** The steps of a set-up in order, each with its state and how long it took. */
export function SetupSteps({ steps, running }: SetupStepsProps) {
  const t = useGitopsTranslation();
  return (
    <ol className={styles.steps} aria-label={t('setup.title')}>
      {[...steps]
        .sort((a, b) => a.sequence - b.sequence)
        .map(step => (
          <SetupStep key={step.step} step={step} running={running} />
        ))}
    </ol>
  );
}

interface SetupStepProps {
  step: StepDocument;
  running: boolean;
}

function SetupStep({ step, running }: SetupStepProps) {
  const t = useGitopsTranslation();
  const Icon = ICONS[step.status];
  const active = step.status === 'running' && running;
  return (
    <li
      className={styles.step}
      data-status={step.status}
      aria-current={active ? 'step' : undefined}
    >
      <span
        className={styles.stepIcon}
        data-spins={active || undefined}
        aria-hidden
      >
        <Icon className={styles.glyph} />
      </span>
      <span className={styles.stepName}>{setupStepName(step, t)}</span>
      <span className={styles.stepState}>
        {t(`setup.stepStatus.${step.status}`)}
      </span>
      <span className={styles.stepDuration}>
        <StepDuration step={step} active={active} />
      </span>
      {step.error && <p className={styles.stepError}>{step.error}</p>}
    </li>
  );
}

function StepDuration({
  step,
  active,
}: {
  step: StepDocument;
  active: boolean;
}) {
  const locale = useLocale();
  const offset = useClockOffset();
  useTick(1_000);
  if (step.durationMs !== undefined) {
    return <>{formatDuration(step.durationMs, locale)}</>;
  }
  if (active && step.startedAt) {
    const elapsed = Date.now() + offset - Date.parse(step.startedAt);
    return <>{formatDuration(Math.floor(elapsed / 1000) * 1000, locale)}</>;
  }
  return null;
}

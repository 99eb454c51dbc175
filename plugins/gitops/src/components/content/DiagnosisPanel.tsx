import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiFileCopyLine } from '@remixicon/react';
import type { Diagnosis } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './diagnosis.module.css';

export interface DiagnosisPanelProps {
  diagnosis: Diagnosis;
  /** The controller's words, where the diagnosis does not carry them. */
  message?: string;
}

/** What is wrong, which object is to blame, the next step, and the raw words. */
export function DiagnosisPanel({ diagnosis, message }: DiagnosisPanelProps) {
  const t = useGitopsTranslation();
  const { cause, subject, nextStep, command } = diagnosis;
  const raw = diagnosis.message ?? message;
  const object = [
    subject.kind,
    [subject.namespace, subject.name].filter(Boolean).join('/'),
  ]
    .filter(Boolean)
    .join(' ');
  return (
    <section className={styles.panel} aria-label={t('diagnosis.title')}>
      <p className={styles.cause}>{cause}</p>
      <dl className={styles.facts}>
        <dt>{t('diagnosis.nextStep')}</dt>
        <dd>{nextStep}</dd>
        <dt>{t('diagnosis.subject')}</dt>
        <dd>
          {subject.field
            ? t('diagnosis.subjectField', { object, field: subject.field })
            : object}
        </dd>
      </dl>
      {command && <Command command={command} />}
      {raw && (
        <details className={styles.raw}>
          <summary>{t('diagnosis.message')}</summary>
          <pre>{raw}</pre>
        </details>
      )}
    </section>
  );
}

function Command({ command }: { command: string }) {
  const t = useGitopsTranslation();
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();

  async function copy() {
    try {
      await navigator.clipboard.writeText(command);
      setOutcome('copied');
    } catch {
      // Browsers refuse without a secure origin or a permission.
      setOutcome('failed');
    }
  }

  return (
    <div className={styles.command}>
      <code aria-label={t('diagnosis.command')}>{command}</code>
      <Button
        size="small"
        variant="secondary"
        iconStart={<RiFileCopyLine />}
        onPress={() => void copy()}
      >
        {outcome === 'copied' ? t('diagnosis.copied') : t('diagnosis.copy')}
      </Button>
      <span role="status" className={styles.commandOutcome}>
        {outcome === 'failed' && t('diagnosis.copyFailed')}
      </span>
    </div>
  );
}

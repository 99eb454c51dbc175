import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiFileCopyLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { diagnosisText } from '../../presentation/backendText';
import { fluxObjectCommands } from '../../presentation/commands';
import type { DiagnosisGroup } from '../../presentation/groupDiagnoses';
import { CommandMenu } from '../common/CommandMenu';
import { BlockingChain } from './BlockingChain';
import styles from './diagnosis.module.css';
import { RawMessage } from './RawMessage';

export interface DiagnosisPanelProps {
  /** Of the project. */
  slug: string;
  group: DiagnosisGroup;
  /** Opens the resources of the environment, where it is about one. */
  onDetails?: () => void;
}

/** What is wrong, which object is to blame, the next step, and the raw words. */
export function DiagnosisPanel({
  slug,
  group,
  onDetails,
}: DiagnosisPanelProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { diagnosis, resource, message, waiting, chain } = group;
  const { subject, command } = diagnosis;
  const raw = diagnosis.message ?? message;
  const object = [
    subject.kind,
    [subject.namespace, subject.name].filter(Boolean).join('/'),
  ]
    .filter(Boolean)
    .join(' ');
  return (
    <section className={styles.panel} aria-label={t('diagnosis.title')}>
      <p className={styles.cause}>
        {diagnosisText(diagnosis, 'cause', t, locale)}
      </p>
      <dl className={styles.facts}>
        <dt>{t('diagnosis.nextStep')}</dt>
        <dd>{diagnosisText(diagnosis, 'nextStep', t, locale)}</dd>
        <dt>{t('diagnosis.subject')}</dt>
        <dd>
          {subject.field
            ? t('diagnosis.subjectField', { object, field: subject.field })
            : object}
        </dd>
        {chain.length > 0 && (
          <>
            <dt>{t('diagnosis.chain')}</dt>
            <dd>
              <BlockingChain from={resource.name} chain={chain} />
            </dd>
          </>
        )}
      </dl>
      {waiting.length > 0 && (
        <details className={styles.raw}>
          <summary>
            {t('diagnosis.waiting', {
              names: waiting.map(({ name }) => name).join(', '),
            })}
          </summary>
          {waiting.map(({ name, chain: way }) => (
            <BlockingChain key={name} from={name} chain={way} />
          ))}
        </details>
      )}
      {command && <Command command={command} />}
      {raw && <RawMessage slug={slug} resource={resource} message={raw} />}
      <div className={styles.tools}>
        {onDetails && (
          <Button size="small" variant="tertiary" onPress={onDetails}>
            {t('diagnosis.openResources')}
          </Button>
        )}
        <CommandMenu
          name={resource.name}
          commands={fluxObjectCommands(resource)}
        />
      </div>
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
      <code>{command}</code>
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

import { useEffect, useId, useState } from 'react';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  TextAreaField,
} from '@backstage/ui';
import { DateTime } from 'luxon';
import { useApi } from '@backstage/core-plugin-api';
import type {
  EnvironmentDocument,
  SuspendRequest,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import contrast from '../common/contrast.module.css';
import styles from './environment.module.css';

export interface SuspendDialogProps {
  slug: string;
  environment: EnvironmentDocument;
  onClose: () => void;
  onConfirm: (request: SuspendRequest) => void;
}

/** What an `input` of the type `datetime-local` reads and writes. */
const LOCAL_TIME = "yyyy-MM-dd'T'HH:mm";

const PRESETS = [
  { id: 'hour', duration: { hours: 1 } },
  { id: 'day', duration: { days: 1 } },
  { id: 'week', duration: { weeks: 1 } },
  { id: 'open', duration: undefined },
] as const;

/** Asks why and until when, and says when it would be in vain as Git owns the field. */
export function SuspendDialog({
  slug,
  environment,
  onClose,
  onConfirm,
}: SuspendDialogProps) {
  const t = useGitopsTranslation();
  const endId = useId();
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [tried, setTried] = useState(false);
  const ownership = useOwnership(slug, environment.name);

  const reasonMissing = reason.trim() === '';
  const end = until ? DateTime.fromFormat(until, LOCAL_TIME) : undefined;
  const untilWrong = end !== undefined && !(end > DateTime.now());
  const owned = ownership === 'git';

  function confirm() {
    setTried(true);
    if (!reasonMissing && !untilWrong) {
      onConfirm({
        reason: reason.trim(),
        until: end?.toUTC().toISO() ?? undefined,
      });
    }
  }

  return (
    <Dialog
      isOpen
      onOpenChange={open => {
        if (!open) {
          onClose();
        }
      }}
      width={480}
    >
      <DialogHeader>
        {t('suspend.title', { environment: environment.displayName })}
      </DialogHeader>
      <DialogBody className={`${styles.form} ${contrast.readable}`}>
        <p className={styles.formText}>{t('suspend.explanation')}</p>
        <TextAreaField
          label={t('suspend.reason')}
          description={t('suspend.reasonDescription')}
          value={reason}
          onChange={setReason}
          maxLength={500}
          rows={2}
          isRequired
          isInvalid={tried && reasonMissing}
          isDisabled={owned}
        />
        {tried && reasonMissing && (
          <p role="alert" className={styles.formError}>
            {t('suspend.reasonMissing')}
          </p>
        )}
        <div className={styles.field}>
          <label htmlFor={endId}>{t('suspend.until')}</label>
          <span id={`${endId}-description`} className={styles.formHint}>
            {t('suspend.untilDescription')}
          </span>
          <div
            className={styles.presets}
            role="group"
            aria-label={t('suspend.presets')}
          >
            {PRESETS.map(({ id, duration }) => (
              <Button
                key={id}
                size="small"
                variant="secondary"
                isDisabled={owned}
                onPress={() =>
                  setUntil(
                    duration
                      ? DateTime.now().plus(duration).toFormat(LOCAL_TIME)
                      : '',
                  )
                }
              >
                {t(`suspend.preset.${id}`)}
              </Button>
            ))}
          </div>
          <input
            id={endId}
            className={styles.input}
            type="datetime-local"
            value={until}
            disabled={owned}
            aria-invalid={untilWrong}
            aria-describedby={`${endId}-description`}
            onChange={event => setUntil(event.target.value)}
          />
          {untilWrong && (
            <p role="alert" className={styles.formError}>
              {t('suspend.untilPast')}
            </p>
          )}
        </div>
        <p role="status" className={styles.formHint} data-warning={owned}>
          {ownership === 'reading' && t('suspend.checking')}
          {owned && t('suspend.ownedByGit')}
        </p>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" onPress={onClose}>
          {t('suspend.cancel')}
        </Button>
        <Button
          variant="primary"
          isDisabled={owned || ownership === 'reading'}
          onPress={confirm}
        >
          {t('suspend.confirm')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

/**
 * Who writes `spec.suspend`. Where that cannot be learned one may try: the
 * portal checks again.
 */
function useOwnership(
  slug: string,
  environment: string,
): 'reading' | 'git' | 'portal' {
  const gitopsApi = useApi(gitopsApiRef);
  const [ownership, setOwnership] = useState<'reading' | 'git' | 'portal'>(
    'reading',
  );
  useEffect(() => {
    const controller = new AbortController();
    const read = async () => {
      try {
        const { ownedByGit } = await gitopsApi.getInventory(slug, environment, {
          signal: controller.signal,
        });
        setOwnership(ownedByGit.includes('spec.suspend') ? 'git' : 'portal');
      } catch {
        if (!controller.signal.aborted) {
          setOwnership('portal');
        }
      }
    };
    void read();
    return () => controller.abort();
  }, [gitopsApi, slug, environment]);
  return ownership;
}

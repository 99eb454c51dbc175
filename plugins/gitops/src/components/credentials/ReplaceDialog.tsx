import { type FormEvent, useCallback, useState } from 'react';
import {
  Button,
  DatePicker,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  PasswordField,
  Radio,
  RadioGroup,
  TextField,
} from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import { DateTime } from 'luxon';
import type {
  ConnectionDocument,
  CredentialWish,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import { useRead } from '../../hooks/useRead';
import { endOfDay } from '../../presentation/endOfDay';
import contrast from '../common/contrast.module.css';
import styles from './credentials.module.css';

/** What the portal makes at the host by itself. */
const MADE = ['least', 'ssh', 'project-token'] as const;
const CONNECTION = 'connection:';

export interface ReplaceDialogProps {
  host: string;
  onClose: () => void;
  onConfirm: (wish: CredentialWish) => void;
}

/** Asks what Flux is to read the repository with from now on. */
export function ReplaceDialog({
  host,
  onClose,
  onConfirm,
}: ReplaceDialogProps) {
  const t = useGitopsTranslation();
  const connections = useConnectionsAt(host);
  const [choice, setChoice] = useState('least');
  const [token, setToken] = useState('');
  const [username, setUsername] = useState('');
  const [day, setDay] = useState('');
  const [asked, setAsked] = useState(false);
  const brings = choice === 'token';
  const expiresAt = endOfDay(day);
  const tokenMissing = brings && token.trim() === '';
  const dayPast =
    brings && expiresAt !== undefined && expiresAt < DateTime.now();

  function submit(event: FormEvent) {
    event.preventDefault();
    setAsked(true);
    if (tokenMissing || dayPast) {
      return;
    }
    onConfirm(
      brings
        ? {
            kind: 'token',
            token: token.trim(),
            username: username.trim() || undefined,
            expiresAt: expiresAt?.toUTC().toISO() ?? undefined,
          }
        : wishOf(choice),
    );
  }

  return (
    <Dialog isOpen onOpenChange={open => !open && onClose()} width={520}>
      <DialogHeader>{t('credentials.replace.title')}</DialogHeader>
      <form
        className={`${styles.form} ${contrast.readable}`}
        // The checks below say what is missing in the portal's language.
        noValidate
        onSubmit={submit}
      >
        <DialogBody>
          <div className={styles.fields}>
            <p className={styles.hint}>
              {t('credentials.replace.explanation', { host })}
            </p>
            <RadioGroup
              label={t('credentials.replace.choice')}
              value={choice}
              onChange={setChoice}
            >
              {MADE.map(kind => (
                <Choice key={kind} value={kind} {...wordsOf(kind, t)} />
              ))}
              {connections.map(({ id, username: user }) => (
                <Choice
                  key={id}
                  value={`${CONNECTION}${id}`}
                  label={t('credentials.replace.kind.connection', {
                    user: user ?? host,
                  })}
                  hint={t('credentials.replace.hint.connection')}
                />
              ))}
              <Choice value="token" {...wordsOf('token', t)} />
            </RadioGroup>
            {brings && (
              <>
                <PasswordField
                  label={t('credentials.replace.token')}
                  description={t('credentials.replace.tokenDescription')}
                  // A token of a host is nobody's password for this portal.
                  autoComplete="off"
                  isRequired
                  validationBehavior="aria"
                  isInvalid={asked && tokenMissing}
                  value={token}
                  onChange={setToken}
                />
                {asked && tokenMissing && (
                  <p className={styles.problem} role="alert">
                    {t('connections.token.missing')}
                  </p>
                )}
                <TextField
                  label={t('credentials.replace.username')}
                  description={t('credentials.replace.usernameDescription')}
                  autoComplete="off"
                  value={username}
                  onChange={setUsername}
                />
                <DatePicker
                  label={t('connections.token.expires')}
                  description={t('connections.token.expiresDescription')}
                  isInvalid={dayPast}
                  onChange={date => setDay(date?.toString() ?? '')}
                />
                {dayPast && (
                  <p className={styles.problem} role="alert">
                    {t('connections.token.expiresPast')}
                  </p>
                )}
              </>
            )}
          </div>
        </DialogBody>
        <DialogFooter>
          <Button variant="secondary" onPress={onClose}>
            {t('connections.cancel')}
          </Button>
          <Button type="submit">{t('credentials.replace.confirm')}</Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  value: string;
  label: string;
  hint: string;
}

function Choice({ value, label, hint }: ChoiceProps) {
  return (
    <Radio value={value} className={styles.choice}>
      <span className={styles.choiceText}>
        {label}
        <span className={styles.hint}>{hint}</span>
      </span>
    </Radio>
  );
}

function wordsOf(kind: (typeof MADE)[number] | 'token', t: Translate) {
  return {
    label: t(`credentials.replace.kind.${kind}`),
    hint: t(`credentials.replace.hint.${kind}`),
  };
}

function wishOf(choice: string): CredentialWish {
  const kind = MADE.find(each => each === choice);
  return kind
    ? { kind }
    : { kind: 'connection', connectionId: choice.slice(CONNECTION.length) };
}

/** The user's usable connections to a host; a choice less where they cannot be read. */
function useConnectionsAt(host: string): ConnectionDocument[] {
  const api = useApi(gitopsApiRef);
  const read = useCallback(
    (signal: AbortSignal) => api.listConnections({ signal }),
    [api],
  );
  const { value } = useRead(read);
  return (value ?? []).filter(
    connection => connection.host === host && connection.status === 'active',
  );
}

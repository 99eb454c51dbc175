import { type FormEvent, useState } from 'react';
import {
  Alert,
  Button,
  DatePicker,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  PasswordField,
} from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import { DateTime } from 'luxon';
import type {
  ConnectionDocument,
  ConnectionHostDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { endOfDay } from '../../presentation/endOfDay';
import { errorText } from '../../presentation/errorText';
import contrast from '../common/contrast.module.css';
import { ExternalLink } from '../common/ExternalLink';
import styles from './connections.module.css';

export interface TokenDialogProps {
  host: ConnectionHostDocument;
  onConnected: (connection: ConnectionDocument) => void;
  onClose: () => void;
}

/** Asks for a personal token, with where to make one and what it has to be able to do. */
export function TokenDialog({ host, onConnected, onClose }: TokenDialogProps) {
  const t = useGitopsTranslation();
  const api = useApi(gitopsApiRef);
  const [token, setToken] = useState('');
  const [day, setDay] = useState('');
  const [state, setState] = useState<{
    asked?: boolean;
    busy?: boolean;
    error?: Error;
  }>({});
  const expiresAt = endOfDay(day);
  const problem = {
    token: token.trim() === '' ? t('connections.token.missing') : undefined,
    day:
      expiresAt && expiresAt < DateTime.now()
        ? t('connections.token.expiresPast')
        : undefined,
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (problem.token || problem.day) {
      setState({ asked: true });
      return;
    }
    setState({ busy: true });
    try {
      const connection = await api.createConnection({
        host: host.host,
        token: token.trim(),
        expiresAt: expiresAt?.toUTC().toISO() ?? undefined,
      });
      onConnected(connection);
    } catch (thrown) {
      setState({ error: toError(thrown) });
    }
  }

  return (
    <Dialog isOpen onOpenChange={open => !open && onClose()} width={520}>
      <DialogHeader>
        {t('connections.token.title', { host: host.host })}
      </DialogHeader>
      <form
        className={`${styles.form} ${contrast.readable}`}
        onSubmit={event => void submit(event)}
      >
        <DialogBody>
          <div className={styles.fields}>
            <div className={styles.hint}>
              <span>
                {host.tokenScopes.length > 0
                  ? t('connections.token.needs')
                  : t('connections.token.needsNone')}
              </span>
              {host.tokenScopes.length > 0 && (
                <ul className={styles.scopes}>
                  {host.tokenScopes.map(scope => (
                    <li key={scope}>
                      <code>{scope}</code>
                    </li>
                  ))}
                </ul>
              )}
              {host.tokenPageUrl && (
                <ExternalLink href={host.tokenPageUrl}>
                  {t('connections.token.makeOne', { host: host.host })}
                </ExternalLink>
              )}
            </div>
            <PasswordField
              label={t('connections.token.label')}
              description={t('connections.token.description')}
              // A token of a host is nobody's password for this portal.
              autoComplete="off"
              isRequired
              validationBehavior="aria"
              isInvalid={state.asked && Boolean(problem.token)}
              value={token}
              onChange={setToken}
            />
            {state.asked && problem.token && (
              <p className={styles.problem} role="alert">
                {problem.token}
              </p>
            )}
            <DatePicker
              label={t('connections.token.expires')}
              description={t('connections.token.expiresDescription')}
              isInvalid={Boolean(problem.day)}
              onChange={date => setDay(date?.toString() ?? '')}
            />
            {problem.day && (
              <p className={styles.problem} role="alert">
                {problem.day}
              </p>
            )}
            {state.error && (
              <Alert
                status="danger"
                icon
                role="alert"
                title={t('connections.token.failed')}
                description={errorText(state.error)}
              />
            )}
          </div>
        </DialogBody>
        <DialogFooter>
          <Button variant="secondary" onPress={onClose}>
            {t('connections.cancel')}
          </Button>
          <Button type="submit" isPending={state.busy}>
            {t('connections.token.submit')}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

import { useState } from 'react';
import {
  Alert,
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Text,
} from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { errorText } from '../../presentation/errorText';
import styles from './connections.module.css';

export interface DisconnectDialogProps {
  connection: ConnectionDocument;
  onDisconnected: () => void;
  onClose: () => void;
}

/** Asks once more, and tells what stops working. */
export function DisconnectDialog(props: DisconnectDialogProps) {
  const { connection, onDisconnected, onClose } = props;
  const { host, usedBy } = connection;
  const t = useGitopsTranslation();
  const api = useApi(gitopsApiRef);
  const [state, setState] = useState<{ busy?: boolean; error?: Error }>({});

  async function disconnect() {
    setState({ busy: true });
    try {
      await api.deleteConnection(connection.id);
      onDisconnected();
    } catch (thrown) {
      setState({ error: toError(thrown) });
    }
  }

  return (
    <Dialog isOpen onOpenChange={open => !open && onClose()} width={480}>
      <DialogHeader>{t('connections.confirm.title', { host })}</DialogHeader>
      <DialogBody>
        <div className={styles.fields}>
          <Text as="p">{t('connections.confirm.plain')}</Text>
          {usedBy.length > 0 && (
            <div>
              <Text as="p" weight="bold">
                {t('connections.confirm.inUse', { count: usedBy.length })}
              </Text>
              <ul className={styles.projects}>
                {usedBy.map(slug => (
                  <li key={slug}>{slug}</li>
                ))}
              </ul>
            </div>
          )}
          {state.error && (
            <Alert
              status="danger"
              icon
              role="alert"
              title={t('connections.confirm.failed')}
              description={errorText(state.error)}
            />
          )}
        </div>
      </DialogBody>
      <DialogFooter>
        <Button variant="secondary" onPress={onClose}>
          {t('connections.cancel')}
        </Button>
        <Button
          destructive
          isPending={state.busy}
          onPress={() => void disconnect()}
        >
          {t('connections.disconnect')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

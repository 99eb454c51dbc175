import { useEffect, useState } from 'react';
import { Alert, ButtonLink, Container } from '@backstage/ui';
import { Progress } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import {
  useNavigate,
  useResolvedPath,
  useSearchParams,
} from 'react-router-dom';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { type GitopsApi, gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { errorText } from '../../presentation/errorText';
import { connectedState } from './connectedNews';
import styles from './connections.module.css';

/** Codes of RFC 6749 and of the hosts themselves that have words of their own. */
const REASONS = [
  'access_denied',
  'invalid_scope',
  'unauthorized_client',
  'invalid_client',
  'redirect_uri_mismatch',
  'application_suspended',
  'server_error',
  'temporarily_unavailable',
] as const;

// What a host hands over is good for one use, while React may mount a page twice:
// both then wait for the same answer.
const completions = new Map<string, Promise<ConnectionDocument>>();

function complete(
  api: GitopsApi,
  handedOver: { state: string; code?: string; error?: string },
): Promise<ConnectionDocument> {
  const known = completions.get(handedOver.state);
  if (known) {
    return known;
  }
  const completion = api.completeConnection(handedOver);
  completions.set(handedOver.state, completion);
  return completion;
}

/** Where a Git host sends the user back to: ends the connection, then goes to the list. */
export function ConnectionCallback() {
  const t = useGitopsTranslation();
  const api = useApi(gitopsApiRef);
  const navigate = useNavigate();
  // The list stands right above, wherever the page is.
  const connectionsPage = useResolvedPath('..').pathname;
  const [parameters] = useSearchParams();
  const [failure, setFailure] = useState<Error>();
  const state = parameters.get('state');
  const code = parameters.get('code') ?? undefined;
  const error = parameters.get('error')?.slice(0, 200);
  const stray = !state || (!code && !error);

  useEffect(() => {
    if (stray) {
      return undefined;
    }
    let current = true;
    complete(api, { state, code, error }).then(
      connection =>
        current &&
        navigate(connectionsPage, {
          replace: true,
          state: connectedState(connection),
        }),
      thrown => current && setFailure(toError(thrown)),
    );
    return () => {
      current = false;
    };
  }, [api, navigate, connectionsPage, stray, state, code, error]);

  if (!stray && !failure) {
    return (
      <Container className={styles.page}>
        <div role="status" aria-label={t('connections.callback.working')}>
          <Progress />
        </div>
      </Container>
    );
  }
  const reason = REASONS.find(known => known === error);
  let description: string = t('connections.callback.stray');
  if (error) {
    description = reason
      ? t(`connections.callback.reason.${reason}`)
      : `${t('connections.callback.reason.other')} ${t(
          'connections.callback.hostSaid',
          { code: error },
        )}`;
  } else if (failure) {
    description = errorText(failure);
  }
  return (
    <Container className={styles.page}>
      <Alert
        status={stray ? 'info' : 'danger'}
        icon
        role="alert"
        title={
          stray
            ? t('connections.callback.strayTitle')
            : t('connections.callback.failedTitle')
        }
        description={description}
        customActions={
          <ButtonLink size="small" variant="tertiary" href={connectionsPage}>
            {t('connections.callback.toConnections')}
          </ButtonLink>
        }
      />
    </Container>
  );
}

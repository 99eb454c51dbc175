import type { ReactNode } from 'react';
import {
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiQuestionLine,
  RiTimeLine,
} from '@remixicon/react';
import type {
  CredentialDocument,
  ValidationStatus,
} from '@backstage-gitops/plugin-gitops-common';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import { userName } from '../../presentation/userName';
import {
  Deadline,
  RelativeTime,
  useRelativeTime,
} from '../common/RelativeTime';
import { Badge, type BadgeProps } from '../state/Badge';
import styles from './credentials.module.css';

const VALIDITY: Record<ValidationStatus, Pick<BadgeProps, 'tone' | 'icon'>> = {
  valid: { tone: 'positive', icon: RiCheckboxCircleLine },
  invalid: { tone: 'negative', icon: RiCloseCircleLine },
  expired: { tone: 'negative', icon: RiTimeLine },
  unknown: { tone: 'neutral', icon: RiQuestionLine },
};

export interface CredentialFactsProps {
  credential: CredentialDocument;
}

/** What kind it is, whether it holds, until when, and who has it in hand. */
export function CredentialFacts({ credential }: CredentialFactsProps) {
  const t = useGitopsTranslation();
  const created = useRelativeTime(credential.createdAt);
  const { validationStatus, expiresAt } = credential;
  const facts: [string, ReactNode][] = [
    [t('credentials.field.kind'), kindOf(credential, t)],
    [
      t('credentials.field.validity'),
      <Badge key="validity" {...VALIDITY[validationStatus]}>
        {t(`credentials.status.${validationStatus}`)}
      </Badge>,
    ],
    [
      t('credentials.field.expires'),
      expiresAt ? <Deadline time={expiresAt} /> : t('credentials.noExpiry'),
    ],
    [
      t('credentials.field.checked'),
      credential.lastValidatedAt ? (
        <RelativeTime time={credential.lastValidatedAt} />
      ) : (
        t('credentials.neverChecked')
      ),
    ],
    [
      t('credentials.field.used'),
      credential.lastUsedAt ? (
        <RelativeTime time={credential.lastUsedAt} />
      ) : (
        t('credentials.neverUsed')
      ),
    ],
    [
      t('credentials.field.host'),
      credential.username
        ? `${credential.username} @ ${credential.host}`
        : credential.host,
    ],
    [t('credentials.field.scopes'), credential.scopes?.join(', ')],
    [
      t('credentials.field.fingerprint'),
      credential.fingerprint && <code>{credential.fingerprint}</code>,
    ],
    [
      t('credentials.field.publicKey'),
      credential.publicKey && <code>{credential.publicKey}</code>,
    ],
    [
      t('credentials.field.managed'),
      credential.managed
        ? t('credentials.managedYes')
        : t('credentials.managedNo'),
    ],
    [
      t('credentials.field.created'),
      t('credentials.createdBy', {
        time: created,
        user: userName(credential.createdBy),
      }),
    ],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(
        ([term, description]) =>
          description && (
            <div key={term} className={styles.fact}>
              <dt>{term}</dt>
              <dd>{description}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function kindOf(
  { authType, tokenType, appType }: CredentialDocument,
  t: Translate,
): string {
  if (tokenType) {
    return t(`credentials.tokenType.${tokenType}`);
  }
  return appType
    ? t(`credentials.appType.${appType}`)
    : t(`credentials.kind.${authType}`);
}

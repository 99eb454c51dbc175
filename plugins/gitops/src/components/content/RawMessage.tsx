import { useCallback, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import type { ResourceStateDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useRead } from '../../hooks/useRead';
import styles from './diagnosis.module.css';

export interface RawMessageProps {
  slug: string;
  /** Whose controller said it. */
  resource: ResourceStateDocument;
  /** As the page has it, which may be its beginning only. */
  message: string;
}

/** The controller's own words, folded; read in full when somebody wants to see them. */
export function RawMessage({ slug, resource, message }: RawMessageProps) {
  const t = useGitopsTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details
      className={styles.raw}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{t('diagnosis.message')}</summary>
      {open && message.endsWith('…') ? (
        <FullMessage slug={slug} resource={resource} message={message} />
      ) : (
        <Words text={message} />
      )}
    </details>
  );
}

function FullMessage({ slug, resource, message }: RawMessageProps) {
  const gitopsApi = useApi(gitopsApiRef);
  const { type, name, namespace, cluster } = resource;
  const { value } = useRead(
    useCallback(
      async (signal: AbortSignal) => {
        const { items } = await gitopsApi.getDiagnosis(slug, { signal });
        const full = items.find(
          item =>
            item.cluster === cluster &&
            item.resource.type === type &&
            item.resource.name === name &&
            item.resource.namespace === namespace,
        )?.message;
        // It may have said something else since.
        return full?.startsWith(message.slice(0, -1)) ? full : message;
      },
      [gitopsApi, slug, type, name, namespace, cluster, message],
    ),
  );
  return <Words text={value ?? message} />;
}

function Words({ text }: { text: string }) {
  return (
    // A keyboard has to be able to scroll it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0}>{text}</pre>
  );
}

import { type Config, readDurationFromConfig } from '@backstage/config';
import { Duration } from 'luxon';
import type { ValidationPace } from './credentials/validation/CredentialValidator';

const DEFAULT_STUCK_AFTER = { hours: 1 };
const DEFAULT_VALIDATE_EVERY = { hours: 1 };
const DEFAULT_EXPIRY_WARNING_DAYS = [14, 3];
const DEFAULT_COMMIT_AUTHOR = {
  name: 'GitOps for Backstage',
  email: 'backstage-gitops@localhost',
};

/** Settings of the plugin; what they mean is said in `config.d.ts`. */
export interface PluginConfig {
  defaultCluster?: string;
  syncToEnvironments: boolean;
  credentialPace: ValidationPace;
  commitAuthor: { name: string; email: string };
  stuckAfterMs: number;
}

/** Reads `gitops` of the portal's configuration; the keys are the vault's to read. */
export function readPluginConfig(config: Config): PluginConfig {
  const gitops = config.getOptionalConfig('gitops');
  const author = gitops?.getOptionalConfig('initialization.commitAuthor');
  const stuckAfter = gitops?.has('initialization.stuckAfter')
    ? readDurationFromConfig(gitops, { key: 'initialization.stuckAfter' })
    : DEFAULT_STUCK_AFTER;
  return {
    defaultCluster: gitops?.getOptionalString('defaultCluster'),
    syncToEnvironments:
      gitops?.getOptionalBoolean('credentials.syncToEnvironments') ?? true,
    credentialPace: {
      intervalMs: Duration.fromObject(
        gitops?.has('credentials.validateEvery')
          ? readDurationFromConfig(gitops, { key: 'credentials.validateEvery' })
          : DEFAULT_VALIDATE_EVERY,
      ).toMillis(),
      expiryWarningDays:
        gitops?.getOptional<number[]>('credentials.expiryWarningDays') ??
        DEFAULT_EXPIRY_WARNING_DAYS,
    },
    commitAuthor: author
      ? { name: author.getString('name'), email: author.getString('email') }
      : DEFAULT_COMMIT_AUTHOR,
    stuckAfterMs: Duration.fromObject(stuckAfter).toMillis(),
  };
}

import { type Config, readDurationFromConfig } from '@backstage/config';
import { Duration } from 'luxon';

const DEFAULT_STUCK_AFTER = { hours: 1 };
const DEFAULT_COMMIT_AUTHOR = {
  name: 'GitOps for Backstage',
  email: 'backstage-gitops@localhost',
};

/** Settings of the plugin; what they mean is said in `config.d.ts`. */
export interface PluginConfig {
  defaultCluster?: string;
  syncToEnvironments: boolean;
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
    commitAuthor: author
      ? { name: author.getString('name'), email: author.getString('email') }
      : DEFAULT_COMMIT_AUTHOR,
    stuckAfterMs: Duration.fromObject(stuckAfter).toMillis(),
  };
}

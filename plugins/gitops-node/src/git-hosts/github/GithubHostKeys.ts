import { z } from 'zod/v3';
import type { GitHostCallOptions } from '../GitHostProvider';
import type { GitHostSshSettings } from '../GitHostSettings';
import type { GithubApi } from './GithubApi';

const metaSchema = z.object({ ssh_keys: z.array(z.string()).optional() });

/**
 * Adds the SSH host keys that GitHub publishes in its API, over HTTPS, to settings
 * that bring none.
 */
export async function withPublishedHostKeys(
  api: GithubApi,
  settings: GitHostSshSettings | undefined,
  options: GitHostCallOptions,
): Promise<GitHostSshSettings> {
  if (settings?.knownHosts) {
    return settings;
  }
  const { data } = await api.call(
    'tell its SSH host keys',
    options,
    [],
    octokit => octokit.rest.meta.get(),
  );
  const { ssh_keys: keys = [] } = api.read(metaSchema, data, 'meta document');
  const name = settings?.host ?? api.host.replace(/:\d+$/, '');
  const port = settings?.port ?? 22;
  const pattern = port === 22 ? name : `[${name}]:${port}`;
  return {
    ...settings,
    knownHosts: keys.map(key => `${pattern} ${key}\n`).join('') || undefined,
  };
}

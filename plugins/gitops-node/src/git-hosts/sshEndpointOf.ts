import { InputError } from '@backstage/errors';
import type { GitSshEndpoint, RepositoryLocation } from './GitHostProvider';
import type { GitHostSshSettings } from './GitHostSettings';

/**
 * How Git reaches a repository over SSH.
 *
 * @param host - As in `integrations`; its port is that of HTTP and means nothing here.
 * @param ssh - With the host's keys, configured or from a place that can be trusted.
 * @throws InputError when no key of the host is known
 */
export function sshEndpointOf(
  host: string,
  ssh: GitHostSshSettings | undefined,
  { owner, name }: RepositoryLocation,
): GitSshEndpoint {
  if (!ssh?.knownHosts) {
    throw new InputError(
      `The SSH host keys of Git host '${host}' are not known: put them into ssh.knownHosts of its entry in gitops.gitHosts, or use a token`,
    );
  }
  const path = [...owner.split('/'), `${name}.git`]
    .map(encodeURIComponent)
    .join('/');
  const { hostname } = new URL(
    `ssh://${ssh.host ?? host.replace(/:\d+$/, '')}`,
  );
  const port = ssh.port && ssh.port !== 22 ? `:${ssh.port}` : '';
  return {
    url: `ssh://${ssh.user ?? 'git'}@${hostname}${port}/${path}`,
    knownHosts: ssh.knownHosts,
  };
}

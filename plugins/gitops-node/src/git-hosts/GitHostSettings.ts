import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';

/** How Git reaches a host over SSH, as configured. @public */
export interface GitHostSshSettings {
  /** Name in SSH addresses; the host's own if absent. */
  host?: string;
  /** 22 if absent. */
  port?: number;
  /** `git` if absent. */
  user?: string;
  /**
   * Lines of a `known_hosts` file that pin the host's keys. Absent where the host
   * publishes its keys itself.
   */
  knownHosts?: string;
}

/** The portal as an OAuth application of a host. @public */
export interface GitHostOAuthSettings {
  clientId: string;
  clientSecret: string;
}

/** What `gitops.gitHosts` says of one host. @public */
export interface GitHostSettings {
  /** As in `integrations`, with the port if it has one. */
  host: string;
  ssh?: GitHostSshSettings;
  oauth?: GitHostOAuthSettings;
  /** Whether its addresses may be private ones. */
  allowPrivateAddress: boolean;
}

/**
 * Reads `gitops.gitHosts`: what the portal needs to know of Git hosts beside their
 * `integrations`.
 *
 * @returns settings by host
 * @throws InputError for a host that is named twice and for unreadable host keys
 * @public
 */
export function readGitHostSettings(
  config: Config,
): Map<string, GitHostSettings> {
  const found = new Map<string, GitHostSettings>();
  for (const entry of config.getOptionalConfigArray('gitops.gitHosts') ?? []) {
    const host = entry.getString('host');
    if (found.has(host)) {
      throw new InputError(
        `gitops.gitHosts names '${host}' twice: put everything about it into one entry`,
      );
    }
    const ssh = entry.getOptionalConfig('ssh');
    const oauth = entry.getOptionalConfig('oauth');
    found.set(host, {
      host,
      ssh: ssh && readSsh(ssh, host),
      oauth: oauth && {
        clientId: oauth.getString('clientId'),
        clientSecret: oauth.getString('clientSecret'),
      },
      allowPrivateAddress:
        entry.getOptionalBoolean('allowPrivateAddress') ?? false,
    });
  }
  return found;
}

function readSsh(config: Config, host: string): GitHostSshSettings {
  const knownHosts = config.getOptionalString('knownHosts');
  return {
    host: config.getOptionalString('host'),
    port: config.getOptionalNumber('port'),
    user: config.getOptionalString('user'),
    knownHosts: knownHosts && checkKnownHosts(knownHosts, host),
  };
}

// Patterns, then the kind of key, then the key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
const KNOWN_HOSTS_LINE =
  /^(@(cert-authority|revoked)\s+)?\S+\s+[a-z][a-z0-9@.-]+\s+[A-Za-z0-9+/]+=*(\s.*)?$/;

function checkKnownHosts(text: string, host: string): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every(line => KNOWN_HOSTS_LINE.test(line))) {
    throw new InputError(
      `gitops.gitHosts of '${host}' has ssh.knownHosts that are not lines of a known_hosts file: put the output of 'ssh-keyscan' there, after comparing the keys with those that the host publishes`,
    );
  }
  return `${lines.join('\n')}\n`;
}

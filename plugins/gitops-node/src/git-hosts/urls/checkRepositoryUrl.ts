import { InputError } from '@backstage/errors';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { AddressKind } from './addressKind';
import { addressKind } from './addressKind';

/** A Git host that URLs may lead to. @public */
export interface AllowedGitHost {
  /** As in `integrations`, with the port if it has one. */
  host: string;
  /** Root of its web pages, without a trailing slash. */
  baseUrl: string;
  /** How Git reaches it over SSH, if it does. */
  ssh?: { host?: string; port?: number };
  /** Whether its addresses may be private ones. */
  allowPrivateAddress?: boolean;
}

/** @public */
export interface CheckRepositoryUrlOptions {
  /** The hosts of `integrations`. */
  hosts: readonly AllowedGitHost[];
  /** Outside of production a configured host may be on loopback. */
  development: boolean;
  /** Addresses of a name; the system's resolver if absent. */
  resolve?(name: string): Promise<string[]>;
}

const WORDS: Readonly<Record<AddressKind, string>> = {
  public: 'public',
  loopback: 'this machine itself',
  private: 'a private address',
  'link-local': 'a link-local address, where clouds keep secrets of machines',
  reserved: 'a reserved address',
};

/**
 * Refuses the URL of a repository that could make Git or the portal do something
 * else than reading from a configured Git host: transports that run programs or read
 * files, options in disguise, credentials in the URL, other hosts, and addresses
 * inside the network that nobody allowed. The last are looked up, so that a name
 * cannot hide them.
 *
 * @throws InputError that names what is wrong and the next step
 * @public
 */
export async function checkRepositoryUrl(
  url: string,
  options: CheckRepositoryUrlOptions,
): Promise<void> {
  const { host, hostname } = checkUrlForm(url, options.hosts);
  const resolve = options.resolve ?? resolveName;
  const addresses = isIP(hostname) ? [hostname] : await resolve(hostname);
  for (const address of addresses) {
    const kind = addressKind(address);
    if (!isAllowed(kind, host, options.development)) {
      const where =
        address === hostname ? '' : `, the address of '${hostname}'`;
      throw new InputError(
        kind === 'link-local' || kind === 'reserved'
          ? `${show(url)} leads to ${address}${where}, which is ${
              WORDS[kind]
            } and no Git host: use the host's own address`
          : `${show(url)} leads to ${address}${where}, which is ${
              WORDS[kind]
            }: if that Git host is inside your network, set allowPrivateAddress of '${
              host.host
            }' in gitops.gitHosts`,
      );
    }
  }
}

/**
 * The part of {@link checkRepositoryUrl} that needs no network.
 *
 * @returns the host that the URL leads to, and its name as a resolver takes it
 * @throws InputError
 */
export function checkUrlForm(
  url: string,
  hosts: readonly AllowedGitHost[],
): { host: AllowedGitHost; hostname: string } {
  const parsed = parse(url);
  const hostname = plainHostname(parsed, url);
  const host = hosts.find(allowed =>
    parsed.protocol === 'ssh:'
      ? isSshOf(allowed, hostname, parsed.port)
      : isPageOf(allowed, parsed),
  );
  if (!host) {
    const known = hosts.map(({ baseUrl }) => baseUrl);
    throw new InputError(
      `${show(url)} is not at a Git host of this portal's integrations${
        known.length > 0 ? ` (${known.join(', ')})` : ''
      }: use one of them, or add the host there`,
    );
  }
  return { host, hostname };
}

// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/;
const SCHEMES = new Set(['http:', 'https:', 'ssh:']);

function parse(url: string): URL {
  if (UNPRINTABLE.test(url)) {
    throw new InputError(
      `The URL of a repository must not have spaces, line ends, backslashes or control characters: remove them from ${show(
        url,
      )}`,
    );
  }
  if (url.startsWith('-')) {
    throw new InputError(
      `${show(url)} would be an option of Git: give the URL of a repository`,
    );
  }
  const transport = /^([A-Za-z0-9+.-]+)::/.exec(url);
  if (transport) {
    throw new InputError(
      `The transport '${transport[1]}::' lets Git run programs: use an https or ssh URL`,
    );
  }
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) {
    throw new InputError(
      `${show(
        url,
      )} is no full URL: write https://host/owner/name.git or ssh://git@host/owner/name.git`,
    );
  }
  if (!URL.canParse(url)) {
    throw new InputError(`${show(url)} is no URL: check it for typing errors`);
  }
  const parsed = new URL(url);
  if (!SCHEMES.has(parsed.protocol)) {
    throw new InputError(
      `Repositories are not read over '${parsed.protocol}//': use an https or ssh URL`,
    );
  }
  if (parsed.password || (parsed.username && parsed.protocol !== 'ssh:')) {
    throw new InputError(
      `The URL of a repository at '${parsed.host}' must not hold a user name or a secret: remove what is before the '@', and give the credential as such`,
    );
  }
  if (parsed.search || parsed.hash) {
    throw new InputError(
      `The URL of a repository has no query or fragment: remove what is from '?' or '#' on in ${show(
        url,
      )}`,
    );
  }
  const parts = [parsed.username, ...decoded(parsed.pathname).split('/')];
  if (parts.some(part => part.startsWith('-') || part === '..')) {
    throw new InputError(
      `A part of ${show(
        url,
      )} begins with '-' or leads upwards, which Git could take for something else: use the URL that the host shows`,
    );
  }
  return parsed;
}

/** Hosts of `ssh:` are kept by the URL parser as they are written. */
function plainHostname({ hostname }: URL, url: string): string {
  const form = `http://${hostname}`;
  if (hostname === '' || hostname.startsWith('-') || !URL.canParse(form)) {
    throw new InputError(`${show(url)} has no usable host: check its spelling`);
  }
  return new URL(form).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isPageOf({ baseUrl }: AllowedGitHost, url: URL): boolean {
  const base = new URL(baseUrl);
  const path = base.pathname.replace(/\/+$/, '');
  return (
    url.origin === base.origin &&
    (url.pathname === path || url.pathname.startsWith(`${path}/`))
  );
}

function isSshOf(
  { baseUrl, ssh }: AllowedGitHost,
  hostname: string,
  port: string,
): boolean {
  return (
    hostname === (ssh?.host ?? new URL(baseUrl).hostname) &&
    Number(port || 22) === (ssh?.port ?? 22)
  );
}

function isAllowed(
  kind: AddressKind,
  host: AllowedGitHost,
  development: boolean,
): boolean {
  switch (kind) {
    case 'public':
      return true;
    case 'loopback':
      return development || Boolean(host.allowPrivateAddress);
    case 'private':
      return Boolean(host.allowPrivateAddress);
    default:
      return false;
  }
}

/** A name without an address is no way in: whoever uses it will be told. */
async function resolveName(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const MAX_SHOWN = 120;

/** A URL for errors, without what could be a secret. */
function show(url: string): string {
  const printable = url
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
    .replace(/\/\/[^/@]*@/, '//[hidden]@')
    .replace(/[?#].*$/s, '');
  return `'${
    printable.length > MAX_SHOWN
      ? `${printable.slice(0, MAX_SHOWN)}...`
      : printable
  }'`;
}

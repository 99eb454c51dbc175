import { toError } from '@backstage/errors';
import { sourceAuth } from '../../flux/manifests';
import { found, type Findings, NOTHING } from './Problem';
import { repositoryName, type Subject } from './Subject';

const SCHEMES: Record<Subject['credential']['kind'], readonly string[]> = {
  basic: ['https:', 'http:'],
  'github-app': ['https:'],
  ssh: ['ssh:'],
};

/**
 * The address that the source will have: one that Flux can parse, of the scheme
 * that the credential is for, at the host the credential belongs to, and without
 * a credential in it.
 *
 * @internal
 */
export async function checkAddress(subject: Subject): Promise<Findings> {
  const form = checkForm(subject);
  if (form.problems.length > 0 || !subject.checkUrl) {
    return form;
  }
  try {
    await subject.checkUrl(urlOf(subject));
    return form;
  } catch (error) {
    return found(undefined, toError(error).message);
  }
}

function urlOf({ repository, credential }: Subject): string {
  return sourceAuth({ id: '', slug: '' }, repository, credential).url;
}

function checkForm(subject: Subject): Findings {
  const { credential, provider, repository } = subject;
  const url = urlOf(subject);
  const name = repositoryName(subject);
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    return found(
      'G16',
      `${name} has an address that is no URL: correct the address in the settings of the Git host, then retry`,
    );
  }
  const { protocol, username, password, hostname } = address;
  if (!SCHEMES[credential.kind].includes(protocol)) {
    return found(
      credential.kind === 'github-app' ? 'G17' : 'G2',
      `${name} would be read over ${protocol.slice(
        0,
        -1,
      )}, where a credential of kind '${
        credential.kind
      }' is of no use: choose another kind of credential for the project, then retry`,
    );
  }
  // An SSH address names an account, which is no secret.
  if (password || (username && protocol !== 'ssh:')) {
    return found(
      'G15',
      `${name} has an address with a user name or password in it: take them out of the address, Flux gets them in a Secret`,
    );
  }
  if (protocol === 'ssh:') {
    return NOTHING;
  }
  const expected = new URL(provider.baseUrl).host;
  if (address.host !== expected && address.host !== repository.host) {
    return found(
      undefined,
      `${name} is said to be cloned from '${address.host}', which is not the host of its credential: correct the address in the settings of the Git host, or name that host in integrations`,
    );
  }
  return protocol === 'http:' && !isLoopback(hostname)
    ? {
        problems: [],
        warnings: [
          `${name} is read over plain http, so its credential crosses the network in clear: serve the Git host over https`,
        ],
      }
    : NOTHING;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

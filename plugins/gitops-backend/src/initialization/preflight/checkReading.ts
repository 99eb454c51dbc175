import { toError } from '@backstage/errors';
import { checkGithubApp } from '../../credentials/kinds/githubApp';
import { listRemoteRefs, type RemoteRefs } from './listRemoteRefs';
import { found, type Findings, NOTHING, together } from './Problem';
import { noBranch, repositoryName, type Subject } from './Subject';

/**
 * Whether the very credential that Flux gets can read the branch that Flux is told
 * to follow.
 *
 * @internal
 */
export async function checkReading(subject: Subject): Promise<Findings> {
  switch (subject.credential.kind) {
    case 'basic':
      return checkOverHttp(subject, subject.credential);
    case 'ssh':
      return together([
        await checkDeployKey(subject, subject.credential),
        await checkBranch(subject),
      ]);
    default:
      return together([
        await checkApp(subject, subject.credential),
        await checkBranch(subject),
      ]);
  }
}

async function checkOverHttp(
  subject: Subject,
  credential: { username: string; password: string },
): Promise<Findings> {
  const { repository, signal } = subject;
  return judge(
    subject,
    await listRemoteRefs(repository.cloneUrl, credential, { signal }),
  );
}

function judge(subject: Subject, answer: RemoteRefs): Findings {
  const { defaultBranch, host } = subject.repository;
  const name = repositoryName(subject);
  switch (answer.kind) {
    case 'refs':
      if (answer.refs.size === 0) {
        return found(
          'G10',
          `${name} is empty: push a first commit to '${defaultBranch}', then retry`,
        );
      }
      return answer.refs.has(`refs/heads/${defaultBranch}`)
        ? NOTHING
        : noBranch(subject);
    case 'status':
      return judgeStatus(subject, answer.status);
    case 'redirect':
      return found(
        'G6',
        `${name} is not where its address says: '${host}' sends fetches on${
          answer.to && ` to '${answer.to}'`
        }, where Flux must not send the credential. Correct the address of the host in integrations, then retry`,
      );
    case 'strange':
      return found(
        'G13',
        `${name} cannot be fetched: what answers at its address is no Git host. Look for a proxy or sign-in page before '${host}', then retry`,
      );
    case 'insecure':
      return found(
        'G14',
        `${name} cannot be read over a secure connection (${answer.reason}): let '${host}' have a certificate that the portal and Flux trust, then retry`,
      );
    default:
      return found(
        'G13',
        `Git host '${host}' cannot be reached (${answer.reason}), so ${name} cannot be read: check that it is up and the network to it, then retry`,
      );
  }
}

function judgeStatus(subject: Subject, status: number): Findings {
  const { host } = subject.repository;
  const name = repositoryName(subject);
  switch (status) {
    case 401:
      return found(
        'G4',
        `${name} refuses the credential that Flux would get (401): it is wrong, revoked or has expired. Give the project another one, then retry`,
      );
    case 403:
      return found(
        'G5',
        `${name} does not let the credential that Flux would get read it (403): give it the right to read the repository's content, allow it in the organisation's policy, then retry`,
      );
    case 404:
      return found(
        'G6',
        `${name} is not visible to the credential that Flux would get (404): let its account read the repository, or give the project another credential, then retry`,
      );
    default:
      return found(
        'G13',
        `Git host '${host}' answered ${status} when ${name} was read as Flux would: retry when the host is well`,
      );
  }
}

/** For credentials that the portal cannot fetch with itself. */
async function checkBranch(subject: Subject): Promise<Findings> {
  const { provider, repository, hostCredential, signal } = subject;
  try {
    const head = await provider.getBranchCommit(
      repository,
      repository.defaultBranch,
      { credential: hostCredential, signal },
    );
    return head ? NOTHING : noBranch(subject);
  } catch (error) {
    signal?.throwIfAborted();
    return found('G13', toError(error).message);
  }
}

async function checkDeployKey(
  subject: Subject,
  credential: { identity: string; knownHosts: string; url: string },
): Promise<Findings> {
  const { provider, repository, hostCredential, material, signal } = subject;
  const name = repositoryName(subject);
  if (isEncrypted(credential.identity)) {
    return found(
      'G3',
      `The SSH key for ${name} has a passphrase, which nobody can type for Flux: give the project a new key, then retry`,
    );
  }
  const call = { credential: hostCredential, signal };
  try {
    const keyId =
      material.authType === 'ssh' ? material.providerKeyId : undefined;
    const keys = await provider.listDeployKeys(repository, call);
    const key = keys.find(({ id }) => id === keyId);
    if (!key) {
      return found(
        'G11',
        `The SSH key that Flux would get is not among the deploy keys of ${name}: somebody removed it, or it belongs to another repository. Give the project a new key, then retry`,
      );
    }
    if (!key.readOnly) {
      return found(
        undefined,
        `The deploy key '${key.title}' of ${name} may write, and Flux only reads: remove it there, give the project a new key, then retry`,
      );
    }
    const trusted = await provider.sshEndpoint(repository, call);
    return sharesLine(credential.knownHosts, trusted.knownHosts)
      ? NOTHING
      : found(
          'G12',
          `The host keys pinned for ${name} are none of those that '${repository.host}' has: give the project a new key, which pins the present ones, after making sure that the host changed them on purpose`,
        );
  } catch (error) {
    signal?.throwIfAborted();
    return found('G13', toError(error).message);
  }
}

async function checkApp(
  subject: Subject,
  credential: Parameters<typeof checkGithubApp>[0],
): Promise<Findings> {
  const { repository, signal } = subject;
  try {
    await checkGithubApp(credential, { host: repository.host, signal });
    return NOTHING;
  } catch (error) {
    signal?.throwIfAborted();
    const { name, message } = toError(error);
    return found(name === 'ServiceUnavailableError' ? 'G13' : 'G17', message);
  }
}

/** Whether an OpenSSH private key names a cipher (PROTOCOL.key), or a PEM one says so. */
function isEncrypted(identity: string): boolean {
  if (/ENCRYPTED/.test(identity)) {
    return true;
  }
  const body = Buffer.from(
    identity.replaceAll(/-----[^-]+-----|\s/g, ''),
    'base64',
  ).toString('latin1');
  const MAGIC = 'openssh-key-v1\0';
  return body.startsWith(MAGIC)
    ? !body.startsWith('\0\0\0\u0004none', MAGIC.length)
    : false;
}

function sharesLine(one: string, other: string): boolean {
  const lines = (text: string) =>
    text
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '' && !line.startsWith('#'));
  const trusted = new Set(lines(other));
  return lines(one).some(line => trusted.has(line));
}

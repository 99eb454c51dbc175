import { referenceTo } from '../kinds';
import type { FluxObject } from '../types';
import type { CatalogueEntry, Finding } from './catalogueEntry';
import { commandLine, kubectl } from './commands';

const AUTHENTICATION = ['AuthenticationFailed'];
const GIT_OPERATION = ['GitOperationFailed'];

/** Name of the Secret a source reads, in words. */
function secretOf({ spec }: FluxObject): string {
  return spec?.secretRef ? `Secret '${spec.secretRef.name}'` : 'a Secret';
}

function showSecret({ spec, metadata }: FluxObject): string | undefined {
  // `describe` names keys and sizes and never prints a value.
  return spec?.secretRef
    ? kubectl(metadata.namespace, 'describe', 'secret', spec.secretRef.name)
    : undefined;
}

function urlOf({ object }: Finding): string {
  return object.spec?.url ?? 'the URL';
}

/** Host of an HTTP or SSH URL, also in the short form `git@host:path`. */
function hostOf(finding: Finding): string {
  const url = urlOf(finding);
  return /^\w+:\/\/(?:[^@/]*@)?([^/]+)/.exec(url)?.[1] ?? url;
}

/** Branch, tag or commit of the spec; Flux takes `master` where none is given. */
function refOf({ object }: Finding): string {
  const { branch, tag, semver, commit, name } = object.spec?.ref ?? {};
  return commit ?? name ?? semver ?? tag ?? branch ?? 'master';
}

/**
 * Failures of sources. Written for GitRepository; other sources share the
 * reasons that are not about Git.
 *
 * @internal
 */
export const sourceCatalogue: readonly CatalogueEntry[] = [
  {
    id: 'G1',
    signs: [
      {
        reasons: AUTHENTICATION,
        pattern:
          /failed to get secret '(?:[^'/]+\/)?(?<secret>[^']+)'.*not found/s,
      },
    ],
    explain: ({ object }, { secret = '' }) => ({
      cause: `The Secret '${secret}' with the Git credentials does not exist in namespace '${object.metadata.namespace}'.`,
      field: 'spec.secretRef',
      nextStep: `Create the Secret '${secret}' in namespace '${object.metadata.namespace}', then reconcile the source.`,
      command: kubectl(object.metadata.namespace, 'get', 'secret', secret),
    }),
  },
  {
    id: 'G2',
    signs: [
      {
        reasons: AUTHENTICATION,
        pattern:
          /failed to configure authentication options|invalid '(?:https?|ssh)' auth option/,
      },
    ],
    explain: ({ object }) => ({
      cause: `${secretOf(object)} lacks the keys that ${
        object.spec?.url?.startsWith('http') ? 'an HTTPS' : 'an SSH'
      } URL needs.`,
      field: 'spec.secretRef',
      nextStep: object.spec?.url?.startsWith('http')
        ? 'Give the Secret `username` and `password`, or `bearerToken`.'
        : 'Give the Secret `identity` and `known_hosts`.',
      command: showSecret(object),
    }),
  },
  {
    id: 'G3',
    signs: [
      { reasons: AUTHENTICATION, pattern: /SSH identity key is encrypted/ },
    ],
    explain: ({ object }) => ({
      cause: `The SSH key in ${secretOf(
        object,
      )} has a passphrase, and the Secret does not hold it.`,
      field: 'spec.secretRef',
      nextStep:
        'Replace the key by one without a passphrase, or add the passphrase to the Secret as `password`.',
      command: showSecret(object),
    }),
  },
  {
    id: 'G4',
    signs: [{ reasons: GIT_OPERATION, pattern: /authentication required/ }],
    explain: finding =>
      finding.object.spec?.secretRef
        ? {
            cause: `${hostOf(
              finding,
            )} did not accept the credentials: the token is wrong, expired or revoked, or ${secretOf(
              finding.object,
            )} holds it under other keys than \`username\` and \`password\`.`,
            field: 'spec.secretRef',
            nextStep: `Rotate the token in ${secretOf(finding.object)}.`,
            command: showSecret(finding.object),
          }
        : {
            cause: `${hostOf(
              finding,
            )} asks for credentials and the source has none; some hosts also answer so for a repository that does not exist.`,
            field: 'spec.secretRef',
            nextStep:
              'Add a `secretRef` with a token that may read the repository.',
          },
  },
  {
    id: 'G5',
    signs: [{ reasons: GIT_OPERATION, pattern: /authorization failed/ }],
    explain: finding => ({
      cause: `${hostOf(
        finding,
      )} knows the token but refuses access: it lacks the scope or an SSO approval, or the address is blocked.`,
      field: 'spec.secretRef',
      nextStep: `Grant the token read access to the contents of ${urlOf(
        finding,
      )}.`,
    }),
  },
  {
    id: 'G6',
    signs: [{ reasons: GIT_OPERATION, pattern: /repository not found/ }],
    explain: finding => ({
      cause: `There is no repository at ${urlOf(
        finding,
      )}, or the credentials may not see it.`,
      field: 'spec.url',
      nextStep:
        'Open the URL with the same credentials, then correct the URL or the access.',
    }),
  },
  {
    id: 'G7',
    signs: [
      {
        reasons: GIT_OPERATION,
        pattern:
          /couldn't find remote ref "refs\/(?<kind>heads|tags)\/(?<ref>.+?)"/,
      },
    ],
    explain: ({ object }, { kind, ref }) => {
      const what = kind === 'tags' ? 'tag' : 'branch';
      return {
        cause: `The ${what} '${ref}' does not exist in the repository${
          object.spec?.ref ? '' : ': without `spec.ref` Flux takes `master`'
        }.`,
        field: `spec.ref.${what}`,
        nextStep: `Set \`spec.ref.${what}\` to a ${what} that exists, or push '${ref}'.`,
        command:
          object.spec?.url &&
          commandLine('git', 'ls-remote', `--${kind}`, object.spec.url),
      };
    },
  },
  {
    id: 'G8',
    signs: [
      {
        reasons: GIT_OPERATION,
        pattern: /unable to resolve (?:ref|commit object)|object not found/,
      },
    ],
    explain: finding => ({
      cause: `'${refOf(
        finding,
      )}' is no longer in the repository: its history was rewritten, or the commit cannot be reached.`,
      field: 'spec.ref',
      nextStep:
        'Point `spec.ref` at a commit that exists; after a rewritten history, recreate the source.',
    }),
  },
  {
    id: 'G9',
    signs: [
      {
        reasons: GIT_OPERATION,
        pattern: /no match found for semver|semver parse error/,
      },
    ],
    explain: ({ object }) => ({
      cause: `No tag of the repository fits the range '${
        object.spec?.ref?.semver ?? ''
      }'.`,
      field: 'spec.ref.semver',
      nextStep: 'Push a tag within the range, or widen the range.',
    }),
  },
  {
    id: 'G10',
    signs: [
      {
        reasons: ['EmptyGitRepository', ...GIT_OPERATION],
        pattern: /git repository is empty|remote repository is empty/,
      },
    ],
    explain: finding => ({
      cause: `The repository ${urlOf(finding)} has no commit yet.`,
      field: 'spec.url',
      nextStep: `Push a first commit to the branch '${refOf(finding)}'.`,
    }),
  },
  {
    id: 'G11',
    signs: [
      {
        reasons: GIT_OPERATION,
        pattern: /unable to authenticate, attempted methods/,
      },
    ],
    explain: finding => ({
      cause: `${hostOf(
        finding,
      )} does not know the SSH key: it was never registered, was removed, or belongs to another repository.`,
      field: 'spec.secretRef',
      nextStep: `Register the public key of ${secretOf(
        finding.object,
      )} as a deploy key of the repository.`,
    }),
  },
  {
    id: 'G12',
    signs: [{ reasons: GIT_OPERATION, pattern: /knownhosts:/ }],
    explain: finding => ({
      cause: `The host key of ${hostOf(
        finding,
      )} is not the one in \`known_hosts\` of ${secretOf(finding.object)}.`,
      field: 'spec.secretRef',
      nextStep:
        'Take the host key from a source you trust and put it into `known_hosts` of the Secret.',
    }),
  },
  {
    id: 'G13',
    signs: [
      {
        reasons: GIT_OPERATION,
        pattern:
          /context deadline exceeded|i\/o timeout|no such host|connection refused/,
      },
    ],
    explain: finding => {
      const { message } = finding;
      if (/no such host|connection refused/.test(message)) {
        return {
          cause: `The cluster cannot reach ${hostOf(finding)}: ${
            message.includes('no such host')
              ? 'its name does not resolve'
              : 'nothing accepts the connection'
          }.`,
          field: 'spec.url',
          nextStep: `Check from inside the cluster that ${hostOf(
            finding,
          )} can be reached, also through its proxy.`,
        };
      }
      return {
        cause: `Fetching from ${hostOf(finding)} took longer than ${
          finding.object.spec?.timeout ?? '60s'
        }: the network is slow or blocked, or the repository is too large.`,
        field: 'spec.timeout',
        nextStep: `Test the connection to ${hostOf(
          finding,
        )} from inside the cluster, and raise \`spec.timeout\` if it is only slow.`,
      };
    },
  },
  {
    id: 'G14',
    signs: [{ reasons: GIT_OPERATION, pattern: /x509:/ }],
    explain: finding => ({
      cause: `The certificate of ${hostOf(finding)} is not trusted.`,
      field: 'spec.secretRef',
      nextStep: `Put the certificate of the authority that signed it into ${secretOf(
        finding.object,
      )} as \`ca.crt\`.`,
    }),
  },
  {
    id: 'G16',
    signs: [{ reasons: ['URLInvalid'], pattern: /failed to parse url/ }],
    explain: finding => ({
      cause: `The URL '${urlOf(finding)}' cannot be read.`,
      field: 'spec.url',
      nextStep: 'Correct `spec.url`.',
    }),
  },
  {
    id: 'G17',
    signs: [
      { reasons: ['InvalidProviderConfiguration'], pattern: /github app data/ },
    ],
    explain: ({ object }) =>
      object.spec?.provider === 'github'
        ? {
            cause: `The provider is \`github\`, but ${secretOf(
              object,
            )} holds no GitHub App data.`,
            field: 'spec.secretRef',
            nextStep:
              'Give the Secret `githubAppID`, `githubAppPrivateKey` and the installation, or remove `spec.provider`.',
          }
        : {
            cause: `${secretOf(
              object,
            )} holds GitHub App data, but the provider is not \`github\`.`,
            field: 'spec.provider',
            nextStep: 'Set `spec.provider` to `github`.',
          },
  },
  {
    id: 'G18',
    signs: [{ reasons: ['FeatureGateDisabled'], pattern: /feature gate/ }],
    explain: () => ({
      cause:
        'The source uses a workload identity of its own, which is switched off in source-controller.',
      field: 'spec.serviceAccountName',
      nextStep:
        'Ask the platform team to enable the feature gate that the message names, or use a Secret.',
    }),
  },
  {
    id: 'G19',
    signs: [
      {
        reasons: ['NotFound', 'NoArtifact'],
        pattern: /include '(?<include>[^']*)'/,
      },
    ],
    explain: ({ object, reason }, { include = '' }) => {
      const subject = { ...referenceTo(object), name: include };
      return reason === 'NotFound'
        ? {
            cause: `The included GitRepository '${include}' does not exist.`,
            field: 'spec.include',
            nextStep: `Create GitRepository '${include}', or take it out of \`spec.include\`.`,
          }
        : {
            cause: `The included GitRepository '${include}' was never fetched.`,
            subject,
            nextStep: `Find out why GitRepository '${include}' has no artifact and mend that first.`,
            command: kubectl(
              object.metadata.namespace,
              'describe',
              'gitrepository',
              include,
            ),
          };
    },
  },
  {
    id: 'G20',
    signs: [
      {
        reasons: [
          'VerificationError',
          'InvalidCommitSignature',
          'InvalidTagSignature',
          'InvalidGitObject',
          'InvalidVerificationMode',
        ],
      },
    ],
    explain: finding => ({
      cause: `The signature of '${refOf(
        finding,
      )}' could not be verified: it is unsigned, or signed by a key that is not trusted.`,
      field: 'spec.verify',
      nextStep:
        'Sign the commit or tag, or add the public key of its signer to the Secret of `spec.verify`.',
    }),
  },
  {
    id: 'G21',
    signs: [
      {
        reasons: [
          'DirectoryCreationFailed',
          'StatOperationFailed',
          'ArchiveOperationFailed',
        ],
      },
    ],
    explain: () => ({
      cause:
        'source-controller cannot store what it fetched: its disk is full or read-only.',
      nextStep:
        'Ask the platform team to free or mend the storage of source-controller.',
    }),
  },
  {
    id: 'G22',
    signs: [{ reasons: GIT_OPERATION, pattern: /sparse checkout directories/ }],
    explain: () => ({
      cause:
        'A directory listed for the sparse checkout is not in the repository.',
      field: 'spec.sparseCheckout',
      nextStep: 'Correct the directories in `spec.sparseCheckout`.',
    }),
  },
];

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/**
 * Credentials over plain HTTP are accepted by Flux and travel in clear: nothing
 * fails, so nothing but the spec tells. Inside one machine they do not travel.
 *
 * @internal
 */
export function sendsCredentialsInClear({ spec }: FluxObject): boolean {
  const found = /^http:\/\/([^/@]*@)?([^/]+)/.exec(spec?.url ?? '');
  return Boolean(
    found && (found[1] || spec?.secretRef) && !LOOPBACK.test(found[2]),
  );
}

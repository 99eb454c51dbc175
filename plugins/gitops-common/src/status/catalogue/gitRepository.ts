import { referenceTo } from '../kinds';
import type { FluxObject } from '../types';
import { phrase } from '../../words/english';
import type { Wording } from '../../words/wording';
import type {
  CatalogueEntry,
  Explanation,
  Finding,
  RowExplanation,
} from './catalogueEntry';
import { commandLine, kubectl } from './commands';
import { nameOf } from './messageParts';

const AUTHENTICATION = ['AuthenticationFailed'];
const GIT_OPERATION = ['GitOperationFailed'];

/** The Secret a source reads, in words. */
function secretOf({ spec }: FluxObject): Wording {
  return spec?.secretRef
    ? nameOf({ kind: 'Secret', name: spec.secretRef.name })
    : phrase('secretUnnamed');
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
      values: { secret, namespace: object.metadata.namespace ?? '' },
      field: 'spec.secretRef',
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
      says: object.spec?.url?.startsWith('http') ? 'G2-https' : 'G2-ssh',
      values: { secret: secretOf(object) },
      field: 'spec.secretRef',
      command: showSecret(object),
    }),
  },
  {
    id: 'G3',
    signs: [
      { reasons: AUTHENTICATION, pattern: /SSH identity key is encrypted/ },
    ],
    explain: ({ object }) => ({
      values: { secret: secretOf(object) },
      field: 'spec.secretRef',
      command: showSecret(object),
    }),
  },
  {
    id: 'G4',
    signs: [{ reasons: GIT_OPERATION, pattern: /authentication required/ }],
    explain: (finding): RowExplanation =>
      finding.object.spec?.secretRef
        ? {
            values: {
              host: hostOf(finding),
              secret: secretOf(finding.object),
            },
            field: 'spec.secretRef',
            command: showSecret(finding.object),
          }
        : {
            says: 'G4-anonymous',
            values: { host: hostOf(finding) },
            field: 'spec.secretRef',
          },
  },
  {
    id: 'G5',
    signs: [{ reasons: GIT_OPERATION, pattern: /authorization failed/ }],
    explain: finding => ({
      values: { host: hostOf(finding), url: urlOf(finding) },
      field: 'spec.secretRef',
    }),
  },
  {
    id: 'G6',
    signs: [{ reasons: GIT_OPERATION, pattern: /repository not found/ }],
    explain: finding => ({
      values: { url: urlOf(finding) },
      field: 'spec.url',
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
    explain: ({ object }, { kind, ref = '' }) => {
      const what = kind === 'tags' ? 'tag' : 'branch';
      return {
        says: `G7-${what}`,
        values: {
          ref,
          note: object.spec?.ref ? '' : phrase('masterByDefault'),
        },
        field: `spec.ref.${what}`,
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
      values: { ref: refOf(finding) },
      field: 'spec.ref',
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
      values: { range: object.spec?.ref?.semver ?? '' },
      field: 'spec.ref.semver',
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
      values: { url: urlOf(finding), ref: refOf(finding) },
      field: 'spec.url',
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
      values: { host: hostOf(finding), secret: secretOf(finding.object) },
      field: 'spec.secretRef',
    }),
  },
  {
    id: 'G12',
    signs: [{ reasons: GIT_OPERATION, pattern: /knownhosts:/ }],
    explain: finding => ({
      values: { host: hostOf(finding), secret: secretOf(finding.object) },
      field: 'spec.secretRef',
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
    explain: (finding): Explanation => {
      const { message, object } = finding;
      const host = hostOf(finding);
      if (/no such host|connection refused/.test(message)) {
        return {
          says: message.includes('no such host')
            ? 'G13-unresolved'
            : 'G13-refused',
          values: { host },
          field: 'spec.url',
        };
      }
      return {
        says: 'G13-slow',
        values: { host, timeout: object.spec?.timeout ?? '60s' },
        field: 'spec.timeout',
      };
    },
  },
  {
    id: 'G14',
    signs: [{ reasons: GIT_OPERATION, pattern: /x509:/ }],
    explain: finding => ({
      values: { host: hostOf(finding), secret: secretOf(finding.object) },
      field: 'spec.secretRef',
    }),
  },
  {
    id: 'G16',
    signs: [{ reasons: ['URLInvalid'], pattern: /failed to parse url/ }],
    explain: finding => ({
      values: { url: urlOf(finding) },
      field: 'spec.url',
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
            says: 'G17-github',
            values: { secret: secretOf(object) },
            field: 'spec.secretRef',
          }
        : {
            says: 'G17-other',
            values: { secret: secretOf(object) },
            field: 'spec.provider',
          },
  },
  {
    id: 'G18',
    signs: [{ reasons: ['FeatureGateDisabled'], pattern: /feature gate/ }],
    explain: () => ({ field: 'spec.serviceAccountName' }),
  },
  {
    id: 'G19',
    signs: [
      {
        reasons: ['NotFound', 'NoArtifact'],
        pattern: /include '(?<include>[^']*)'/,
      },
    ],
    explain: ({ object, reason }, { include = '' }) =>
      reason === 'NotFound'
        ? {
            says: 'G19-missing',
            values: { include },
            field: 'spec.include',
          }
        : {
            says: 'G19-unfetched',
            values: { include },
            subject: { ...referenceTo(object), name: include },
            command: kubectl(
              object.metadata.namespace,
              'describe',
              'gitrepository',
              include,
            ),
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
      values: { ref: refOf(finding) },
      field: 'spec.verify',
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
    explain: () => ({}),
  },
  {
    id: 'G22',
    signs: [{ reasons: GIT_OPERATION, pattern: /sparse checkout directories/ }],
    explain: () => ({ field: 'spec.sparseCheckout' }),
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

import { condition } from '../conditions';
import { isFluxObject, sourceReference } from '../kinds';
import { commitOfRevision, shortRevision } from '../revisions';
import type { FluxObject, FluxReference } from '../types';
import { phrase } from '../../words/english';
import type { Wording, WordingValue } from '../../words/wording';
import type {
  CatalogueEntry,
  Explanation,
  Finding,
  RowExplanation,
} from './catalogueEntry';
import { commandLine, describeCommand, fluxCommand, kubectl } from './commands';
import {
  checkedWorkloads,
  manifestObject,
  missingFile,
  nameOf,
  refusedAccess,
} from './messageParts';
import type { RefusedAccess } from './messageParts';

const ARTIFACT = ['ArtifactFailed'];
const BUILD = ['BuildFailed'];
const APPLY = ['ReconciliationFailed'];
const HEALTH = ['HealthCheckFailed'];

const FORBIDDEN =
  /dry-run failed(?: \(Forbidden\)|, reason: Forbidden).*cannot (?:get|list|create|patch|delete)/s;

function sourceName({ object }: Finding): WordingValue {
  const reference = sourceReference(object);
  return reference ? nameOf(reference) : phrase('source');
}

function sourceIsMissing({ source }: Finding): boolean {
  return (
    source !== undefined &&
    !isFluxObject(source) &&
    source.failure === 'missing'
  );
}

function reconcileSource({ object }: Finding): string | undefined {
  const reference = sourceReference(object);
  return reference && fluxCommand('reconcile', reference);
}

/** Nothing was said yet that could be a failure. */
function isFetching(source: FluxObject): boolean {
  return (
    condition(source, 'Ready')?.status === 'Unknown' &&
    !condition(source, 'FetchFailed')
  );
}

function explainUnfetched(finding: Finding): RowExplanation {
  const { source, object } = finding;
  const subject = sourceReference(object);
  const values = { source: sourceName(finding) };
  if (subject && source && isFluxObject(source) && source.spec?.suspend) {
    return {
      says: 'K2-suspended',
      values,
      subject,
      field: 'spec.suspend',
      command: fluxCommand('resume', subject),
    };
  }
  if (source && isFluxObject(source) && isFetching(source)) {
    return { says: 'K2-fetching', values, subject };
  }
  return { values, subject, command: reconcileSource(finding) };
}

/** Revision that the source has, where it is known. */
function fetchedRevision({ source }: Finding): string | undefined {
  return source && isFluxObject(source)
    ? source.status?.artifact?.revision
    : undefined;
}

function pathOf({ spec }: FluxObject): string {
  return spec?.path ?? './';
}

function atRevision(revision: string | undefined): WordingValue {
  return revision
    ? phrase('atRevision', { revision: shortRevision(revision) })
    : '';
}

function explainMissingPath(finding: Finding): RowExplanation {
  // Not the attempted one of the status: that stays behind when the path is not found.
  const revision = fetchedRevision(finding);
  const commit = commitOfRevision(revision);
  return {
    values: {
      path: pathOf(finding.object),
      revision: atRevision(revision),
      source: sourceName(finding),
    },
    field: 'spec.path',
    command: commit && `git ls-tree -r --name-only ${commit}`,
  };
}

/**
 * Names the file from the root of the repository, as people look for it, and the
 * kustomization.yaml that has its name.
 */
function explainMissingFile(finding: Finding): RowExplanation {
  const { object, message } = finding;
  const { name, path } = missingFile(message);
  const file = path ?? name;
  const directory =
    name && path?.endsWith(`/${name}`)
      ? path.slice(0, -name.length - 1)
      : undefined;
  const revision = fetchedRevision(finding);
  const commit = commitOfRevision(revision);
  const values = {
    revision: atRevision(revision),
    list: directory
      ? phrase('kustomizationIn', { path: directory })
      : phrase('kustomizationUnder', { path: pathOf(object) }),
  };
  return {
    ...(file
      ? { says: 'K7', values: { ...values, file } }
      : { says: 'K7-unnamed', values }),
    field: 'spec.path',
    command:
      commit &&
      directory &&
      commandLine('git', 'ls-tree', '--name-only', commit, `${directory}/`),
  };
}

/** The manifest the message names; the Kustomization where it names none. */
function manifest({ message, object }: Finding): {
  subject?: FluxReference;
  name: WordingValue;
} {
  const subject = manifestObject(message);
  return subject
    ? { subject, name: nameOf(subject) }
    : { name: phrase('manifestUnder', { path: pathOf(object) }) };
}

function explainManifest(finding: Finding): RowExplanation {
  const { subject, name } = manifest(finding);
  return { values: { manifest: name }, subject };
}

/** Namespace that an apply speaks about: the one refused, else the target. */
function applyNamespace({ object, message }: Finding): string | undefined {
  return refusedAccess(message)?.namespace ?? object.spec?.targetNamespace;
}

function namespaceIs(phase: 'Terminating' | 'missing') {
  return (finding: Finding): boolean => {
    const namespace = applyNamespace(finding);
    return (
      namespace !== undefined &&
      finding.context.namespacePhase?.(namespace) === phase
    );
  };
}

/** Deploy identity in words: the account of the spec, else the controller's own. */
function identityOf(object: FluxObject): Wording {
  const account = object.spec?.serviceAccountName;
  return account
    ? phrase('account', { account })
    : phrase('accountOfController');
}

function neededRule({ verb, resource, group }: RefusedAccess): string {
  return `apiGroups ["${group}"], resources ["${resource}"], verbs ["${verb}"]`;
}

function explainForbidden({ object, message }: Finding): Explanation {
  const identity = identityOf(object);
  const refused = refusedAccess(message);
  if (!refused) {
    return {
      says: 'K14-unread',
      values: { identity },
      field: 'spec.serviceAccountName',
    };
  }
  const { user, verb, resource, group, namespace } = refused;
  const target = object.spec?.targetNamespace;
  if (namespace && target && namespace !== target) {
    // `targetNamespace` moves everything that lets it; what still goes elsewhere
    // was sent there by the overlay, and a wider right would only hide that.
    return {
      says: 'K14-elsewhere',
      values: { user, verb, resource, namespace, target },
      field: 'spec.path',
    };
  }
  const values = { user, verb, resource, identity, rule: neededRule(refused) };
  return {
    ...(namespace
      ? { says: 'K14-namespace', values: { ...values, namespace } }
      : { says: 'K14-cluster', values }),
    field: 'spec.serviceAccountName',
    command: kubectl(
      namespace,
      'auth',
      'can-i',
      verb,
      group ? `${resource}.${group}` : resource,
      '--as',
      user,
    ),
  };
}

function explainWorkloads(status: string) {
  return ({ message, object }: Finding): RowExplanation => {
    const concerned = checkedWorkloads(message).filter(
      workload => workload.status === status,
    );
    if (concerned.length === 0) {
      return {
        values: { workloads: phrase('checkedObject') },
        field: 'spec.healthChecks',
      };
    }
    const [{ status: _, ...subject }] = concerned;
    return {
      values: { workloads: enumerate(concerned.map(nameOf)) },
      subject,
      command: describeCommand({
        ...subject,
        namespace: subject.namespace ?? object.spec?.targetNamespace,
      }),
    };
  };
}

/** The first few names, and how many more there are. */
function enumerate(all: Wording[]): WordingValue {
  const names = all.slice(0, 3);
  const rest = all.length - 3;
  return rest > 0 ? phrase('andMore', { names, rest }) : names;
}

/**
 * Failures of Kustomizations. K15 and K16 stand before K14, K20 and K21 before
 * K19, since the later ones match their messages too.
 *
 * @internal
 */
export const kustomizationCatalogue: readonly CatalogueEntry[] = [
  {
    id: 'K1',
    signs: [
      {
        reasons: ARTIFACT,
        pattern: /\.source\.toolkit\.fluxcd\.io ".+" not found/,
      },
      { reasons: ARTIFACT, when: sourceIsMissing },
    ],
    explain: finding => ({
      values: { source: sourceName(finding) },
      field: 'spec.sourceRef',
    }),
  },
  {
    id: 'K2',
    signs: [
      {
        reasons: ARTIFACT,
        pattern: /^Source artifact not found, retrying/,
      },
    ],
    explain: explainUnfetched,
  },
  {
    id: 'K3',
    signs: [
      {
        reasons: ARTIFACT,
        pattern: /^Source is not ready, artifact not found/,
      },
    ],
    explain: finding => ({
      values: { source: sourceName(finding) },
      subject: sourceReference(finding.object),
      command: reconcileSource(finding),
    }),
  },
  {
    id: 'K4',
    signs: [{ reasons: ARTIFACT, pattern: /kustomization path not found/ }],
    explain: explainMissingPath,
  },
  {
    id: 'K5',
    signs: [
      {
        reasons: ARTIFACT,
        pattern:
          /failed to (?:download|extract) archive|computed digest doesn't match/,
      },
    ],
    explain: finding => ({
      values: { source: sourceName(finding) },
      subject: sourceReference(finding.object),
      command: reconcileSource(finding),
    }),
  },
  {
    id: 'K6',
    signs: [
      {
        reasons: ['AccessDenied'],
        pattern:
          /cross-namespace references have been blocked|feature gate is disabled/,
      },
    ],
    explain: finding => ({
      values: {
        source: sourceName(finding),
        namespace: finding.object.metadata.namespace ?? '',
      },
      field: 'spec.sourceRef.namespace',
    }),
  },
  {
    id: 'K7',
    signs: [
      {
        reasons: BUILD,
        pattern: /kustomize build failed/,
        and: /no such file or directory/,
      },
    ],
    explain: explainMissingFile,
  },
  {
    id: 'K8',
    signs: [
      {
        reasons: BUILD,
        pattern: /apiVersion for Kustomization should be|unknown field/,
      },
    ],
    explain: ({ object }) => ({
      values: { path: pathOf(object) },
      field: 'spec.path',
    }),
  },
  {
    id: 'K9',
    signs: [
      {
        reasons: BUILD,
        pattern:
          /failed to find unique target for patch|no resource matches strategic merge patch|doc is missing path/,
      },
    ],
    explain: () => ({ field: 'spec.path' }),
  },
  {
    id: 'K10',
    signs: [{ reasons: BUILD, pattern: /already registered id/ }],
    explain: () => ({ field: 'spec.path' }),
  },
  {
    id: 'K11',
    signs: [
      {
        reasons: BUILD,
        pattern:
          /failed to decode Kubernetes YAML|MalformedYAML|yaml: |missing Resource metadata|missing metadata\.name/,
      },
    ],
    explain: ({ object }) => ({
      values: { path: pathOf(object) },
      field: 'spec.path',
    }),
  },
  {
    id: 'K12',
    signs: [
      {
        reasons: BUILD,
        pattern: /substitute from '(?<kind>ConfigMap|Secret)\/(?<name>[^']+)'/,
      },
      {
        reasons: BUILD,
        pattern:
          /variable substitution failed|substitute from '(?:ConfigMap|Secret)\/|var name is invalid|envsubst error/,
      },
    ],
    explain: (_, { kind, name }) =>
      kind && name
        ? {
            says: 'K12-source',
            values: { kind, name },
            field: 'spec.postBuild.substituteFrom',
          }
        : { field: 'spec.postBuild' },
  },
  {
    id: 'K13',
    signs: [
      {
        reasons: BUILD,
        pattern:
          /decryption Secret|failed to decrypt|^secrets "(?<secret>.+)" not found$/,
      },
      {
        reasons: [...BUILD, ...APPLY],
        pattern: /SOPS encrypted, configuring decryption is required/,
      },
    ],
    explain: ({ message }, { secret }) => {
      if (message.includes('configuring decryption is required')) {
        return { says: 'K13-unset', field: 'spec.decryption' };
      }
      const field = 'spec.decryption.secretRef';
      return secret
        ? { says: 'K13-named', values: { secret }, field }
        : { field };
    },
  },
  {
    id: 'K15',
    signs: [
      {
        reasons: APPLY,
        pattern:
          /(?:in namespace (?<namespace>[\w-]+) )?because it is being terminated/,
      },
      {
        reasons: APPLY,
        pattern: FORBIDDEN,
        when: namespaceIs('Terminating'),
      },
    ],
    explain: (finding, { namespace = applyNamespace(finding) ?? '' }) => ({
      values: { namespace },
      subject: { kind: 'Namespace', name: namespace },
      command: kubectl(undefined, 'describe', 'namespace', namespace),
    }),
  },
  {
    id: 'K16',
    signs: [
      { reasons: APPLY, pattern: /namespaces "(?<namespace>.+?)" not found/ },
      { reasons: APPLY, pattern: FORBIDDEN, when: namespaceIs('missing') },
    ],
    explain: (finding, { namespace = applyNamespace(finding) ?? '' }) => ({
      values: { namespace },
      field: 'spec.targetNamespace',
      command: kubectl(undefined, 'create', 'namespace', namespace),
    }),
  },
  {
    id: 'K14',
    signs: [
      { reasons: APPLY, pattern: FORBIDDEN },
      // A health check reads with the same identity.
      { reasons: HEALTH, pattern: /status: 'Unknown':.*is forbidden/s },
    ],
    explain: explainForbidden,
  },
  {
    id: 'K17',
    signs: [{ reasons: APPLY, pattern: /namespace not specified/ }],
    explain: finding => ({
      values: { manifest: manifest(finding).name },
      field: 'spec.targetNamespace',
    }),
  },
  {
    id: 'K18',
    signs: [
      {
        reasons: APPLY,
        pattern:
          /no matches for kind "(?<kind>.+?)" in version(?: "(?<version>[^"]+)")?/,
      },
    ],
    explain: (finding, { kind = '', version }) => ({
      values: {
        kind,
        version: version ? phrase('ofVersion', { version }) : '',
      },
      subject: manifest(finding).subject,
      command:
        version &&
        kubectl(
          undefined,
          'api-resources',
          '--api-group',
          version.split('/')[0],
        ),
    }),
  },
  {
    id: 'K20',
    signs: [{ reasons: APPLY, pattern: /is immutable|immutable field/ }],
    explain: explainManifest,
  },
  {
    id: 'K21',
    signs: [
      {
        reasons: APPLY,
        pattern:
          /admission webhook "(?<webhook>.+?)" (?:denied|does not support dry)/,
      },
      {
        reasons: APPLY,
        pattern:
          /ValidatingAdmissionPolicy '(?<policy>.+?)' with binding '.+' denied/,
      },
    ],
    explain: (finding, { webhook, policy = '' }) => {
      const { subject, name } = manifest(finding);
      return {
        says: webhook ? 'K21-webhook' : 'K21-policy',
        values: { policy: webhook ?? policy, manifest: name },
        subject,
      };
    },
  },
  {
    id: 'K19',
    signs: [
      {
        reasons: APPLY,
        pattern:
          /dry-run failed \((?:Invalid|BadRequest)\)|failed to create typed patch object/,
      },
    ],
    explain: explainManifest,
  },
  {
    id: 'K22',
    signs: [
      {
        reasons: APPLY,
        pattern:
          /error looking up service account (?:(?<namespace>[^/\s:]+)\/)?(?<account>[^\s:]+)/,
      },
      { reasons: APPLY, pattern: /error looking up service account/ },
    ],
    explain: (finding, { namespace, account = 'unknown' }) => {
      const { subject, name } = manifest(finding);
      return {
        values: {
          manifest: name,
          account,
          place: namespace ? phrase('inNamespace', { namespace }) : '',
        },
        subject,
        field: 'spec.serviceAccountName',
      };
    },
  },
  {
    id: 'K23',
    signs: [{ reasons: APPLY, pattern: /FieldManagerConflict|conflict/ }],
    explain: explainManifest,
  },
  {
    id: 'K24',
    signs: [
      {
        reasons: APPLY,
        pattern: /unable to read KubeConfig secret|failed to get server groups/,
      },
    ],
    explain: ({ message }) => ({
      says: message.includes('KubeConfig') ? 'K24-secret' : 'K24-cluster',
      field: 'spec.kubeConfig',
    }),
  },
  {
    id: 'K26',
    signs: [
      {
        reasons: HEALTH,
        pattern: /timeout waiting for: \[.+\]/s,
        and: /status: 'InProgress'/,
      },
    ],
    explain: explainWorkloads('InProgress'),
  },
  {
    id: 'K27',
    signs: [
      {
        reasons: HEALTH,
        pattern: /failed early due to stalled resources/,
        and: /status: 'Failed'/,
      },
    ],
    explain: explainWorkloads('Failed'),
  },
  {
    id: 'K28',
    signs: [
      {
        reasons: HEALTH,
        pattern:
          /status: 'NotFound'|can't determine status|status: 'Unknown': no matches for kind/,
      },
    ],
    explain: ({ message }) => {
      const absent = checkedWorkloads(message).find(
        ({ status }) => status !== 'InProgress',
      );
      const field = 'spec.healthChecks';
      return absent
        ? { says: 'K28-named', values: { object: nameOf(absent) }, field }
        : { field };
    },
  },
  {
    id: 'K29',
    // The reason alone tells it: no failure goes by that name.
    signs: [{ reasons: ['HealthCheckCanceled'] }],
    explain: () => ({}),
  },
  {
    id: 'K30',
    signs: [{ reasons: ['PruneFailed'], pattern: /delete failed, errors/ }],
    explain: finding => {
      const { subject } = manifest(finding);
      return {
        values: { object: subject ? nameOf(subject) : phrase('object') },
        subject,
      };
    },
  },
  {
    id: 'K31',
    signs: [
      {
        reasons: ['InvalidCELExpression'],
        pattern: /failed terminally due to configuration error/,
      },
    ],
    explain: ({ message }) => ({
      field: message.includes('readyExpr')
        ? 'spec.dependsOn'
        : 'spec.healthCheckExprs',
    }),
  },
  {
    id: 'K32',
    signs: [{ reasons: ['FeatureGateDisabled'], pattern: /feature gate/ }],
    explain: () => ({ field: 'spec.decryption.serviceAccountName' }),
  },
  {
    id: 'K33',
    signs: [{ reasons: ['DirectoryCreationFailed'], pattern: /tmp dir error/ }],
    explain: () => ({}),
  },
];

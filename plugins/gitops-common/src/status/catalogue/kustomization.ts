import { condition } from '../conditions';
import { isFluxObject, sourceReference } from '../kinds';
import { commitOfRevision, shortRevision } from '../revisions';
import type { FluxObject, FluxReference } from '../types';
import type { CatalogueEntry, Explanation, Finding } from './catalogueEntry';
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

function sourceName({ object }: Finding): string {
  const reference = sourceReference(object);
  return reference ? nameOf(reference) : 'the source';
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

function explainUnfetched(finding: Finding): Explanation {
  const { source, object } = finding;
  const subject = sourceReference(object);
  if (subject && source && isFluxObject(source) && source.spec?.suspend) {
    return {
      cause: `${nameOf(subject)} is suspended and has not fetched anything.`,
      subject,
      field: 'spec.suspend',
      nextStep: `Resume ${nameOf(subject)}.`,
      command: fluxCommand('resume', subject),
    };
  }
  if (source && isFluxObject(source) && isFetching(source)) {
    return {
      cause: `${sourceName(finding)} is still fetching its first revision.`,
      subject,
      nextStep: `Wait for ${sourceName(
        finding,
      )}; what it fetches is picked up.`,
    };
  }
  return {
    cause: `${sourceName(finding)} has not fetched anything yet.`,
    subject,
    nextStep: `Look at the conditions of ${sourceName(
      finding,
    )}; it is tried again every 30 s.`,
    command: reconcileSource(finding),
  };
}

/** Revision that the source has, where it is known. */
function fetchedRevision({ source }: Finding): string | undefined {
  return source && isFluxObject(source)
    ? source.status?.artifact?.revision
    : undefined;
}

function explainMissingPath(finding: Finding): Explanation {
  const path = finding.object.spec?.path ?? './';
  // Not the attempted one of the status: that stays behind when the path is not found.
  const revision = fetchedRevision(finding);
  const commit = commitOfRevision(revision);
  return {
    cause: `The path '${path}' is not in the repository${
      revision ? ` at revision ${shortRevision(revision)}` : ''
    }.`,
    field: 'spec.path',
    nextStep: `Commit the directory '${path}' to the branch of ${sourceName(
      finding,
    )}, or correct \`spec.path\`.`,
    command: commit && `git ls-tree -r --name-only ${commit}`,
  };
}

/**
 * Names the file from the root of the repository, as people look for it, and the
 * kustomization.yaml that has its name.
 */
function explainMissingFile(finding: Finding): Explanation {
  const { object, message } = finding;
  const { name, path } = missingFile(message);
  const file = path ?? name;
  const overlay = object.spec?.path ?? './';
  const directory =
    name && path?.endsWith(`/${name}`)
      ? path.slice(0, -name.length - 1)
      : undefined;
  const list = directory
    ? `the kustomization.yaml in '${directory}'`
    : `a kustomization.yaml under '${overlay}'`;
  const revision = fetchedRevision(finding);
  const commit = commitOfRevision(revision);
  return {
    cause: `${file ? `The file '${file}'` : 'A file'} is not in the repository${
      revision ? ` at revision ${shortRevision(revision)}` : ''
    }, but ${list} names it.`,
    field: 'spec.path',
    nextStep: `Commit ${
      file ? `'${file}'` : 'the file'
    }, or correct its name in ${list}.`,
    command:
      commit &&
      directory &&
      commandLine('git', 'ls-tree', '--name-only', commit, `${directory}/`),
  };
}

/** The manifest the message names; the Kustomization where it names none. */
function manifest({ message, object }: Finding): {
  subject?: FluxReference;
  name: string;
} {
  const subject = manifestObject(message);
  return subject
    ? { subject, name: nameOf(subject) }
    : { name: `a manifest under '${object.spec?.path ?? './'}'` };
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
function identity(object: FluxObject): string {
  const account = object.spec?.serviceAccountName;
  return account
    ? `service account '${account}'`
    : 'the default identity of kustomize-controller';
}

function neededRule({ verb, resource, group }: RefusedAccess): string {
  return `apiGroups ["${group}"], resources ["${resource}"], verbs ["${verb}"]`;
}

function explainForbidden({ object, message }: Finding): Explanation {
  const refused = refusedAccess(message);
  if (!refused) {
    return {
      cause: `${capitalised(
        identity(object),
      )} may not do what the apply needs.`,
      field: 'spec.serviceAccountName',
      nextStep: `Bind a Role to ${identity(
        object,
      )} that allows what the message names.`,
    };
  }
  const { user, verb, resource, group, namespace } = refused;
  const target = object.spec?.targetNamespace;
  if (namespace && target && namespace !== target) {
    // `targetNamespace` moves everything that lets it; what still goes elsewhere
    // was sent there by the overlay, and a wider right would only hide that.
    return {
      cause: `The overlay writes ${resource} to namespace '${namespace}', where user '${user}' may not ${verb} them; this Kustomization deploys to '${target}'.`,
      field: 'spec.path',
      nextStep: `Take namespace '${namespace}' out of the overlay, so that everything goes to '${target}'.`,
    };
  }
  const where = namespace ? `in namespace '${namespace}'` : 'in the cluster';
  const kind = namespace ? 'Role' : 'ClusterRole';
  return {
    cause: `User '${user}' may not ${verb} ${resource} ${where}, or does not exist.`,
    field: 'spec.serviceAccountName',
    nextStep: `Bind a ${kind} ${where} to ${identity(
      object,
    )} with the rule ${neededRule(refused)}.`,
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

function explainWorkloads(
  status: string,
  words: (name: string) => Pick<Explanation, 'cause' | 'nextStep'>,
) {
  return ({ message, object }: Finding): Explanation => {
    const concerned = checkedWorkloads(message).filter(
      workload => workload.status === status,
    );
    if (concerned.length === 0) {
      return { ...words('a checked object'), field: 'spec.healthChecks' };
    }
    const [{ status: _, ...subject }] = concerned;
    return {
      ...words(enumerate(concerned.map(nameOf))),
      subject,
      command: describeCommand({
        ...subject,
        namespace: subject.namespace ?? object.spec?.targetNamespace,
      }),
    };
  };
}

/** The first few names, and how many more there are. */
function enumerate(names: string[]): string {
  const rest = names.length - 3;
  return names.slice(0, 3).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
      cause: `${sourceName(finding)} does not exist.`,
      field: 'spec.sourceRef',
      nextStep: `Create ${sourceName(
        finding,
      )}, or let \`spec.sourceRef\` name one that exists.`,
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
      cause: `The artifact of ${sourceName(
        finding,
      )} has vanished, most often because source-controller restarted.`,
      subject: sourceReference(finding.object),
      nextStep: `Reconcile ${sourceName(
        finding,
      )}, or wait for one interval of it.`,
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
      cause: `kustomize-controller could not get the artifact of ${sourceName(
        finding,
      )} from source-controller, or it arrived damaged.`,
      subject: sourceReference(finding.object),
      nextStep: `Reconcile ${sourceName(
        finding,
      )}; if it stays so, allow the traffic between the two controllers.`,
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
      cause: `${sourceName(
        finding,
      )} is in another namespace, which this cluster does not allow.`,
      field: 'spec.sourceRef.namespace',
      nextStep: `Keep the source in namespace '${finding.object.metadata.namespace}' and refer to it there.`,
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
      cause: `The kustomization.yaml under '${
        object.spec?.path ?? './'
      }' is not one of kustomize: its apiVersion is wrong, or it is a Flux Kustomization.`,
      field: 'spec.path',
      nextStep:
        'Set its apiVersion to `kustomize.config.k8s.io/v1beta1`, or give the Flux object another file name.',
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
    explain: () => ({
      cause: 'A patch points at an object or a path that does not exist.',
      field: 'spec.path',
      nextStep: 'Correct the target or the path of the patch in the message.',
    }),
  },
  {
    id: 'K10',
    signs: [{ reasons: BUILD, pattern: /already registered id/ }],
    explain: () => ({
      cause: 'The same object is defined twice.',
      field: 'spec.path',
      nextStep: 'Remove one of the two definitions of the id in the message.',
    }),
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
      cause: `A file under '${
        object.spec?.path ?? './'
      }' is not valid YAML of a Kubernetes object.`,
      field: 'spec.path',
      nextStep: 'Correct the file and line that the message names.',
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
            cause: `The ${kind} '${name}' that variables are taken from cannot be read.`,
            field: 'spec.postBuild.substituteFrom',
            nextStep: `Create ${kind} '${name}', or mark it optional.`,
          }
        : {
            cause: 'A variable in the manifests cannot be substituted.',
            field: 'spec.postBuild',
            nextStep:
              'Correct the variable in the message; write `$${` where no variable is meant.',
          },
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
    explain: ({ message }, { secret }) =>
      message.includes('configuring decryption is required')
        ? {
            cause: 'A Secret is encrypted with SOPS and no decryption is set.',
            field: 'spec.decryption',
            nextStep: 'Set `spec.decryption` with the Secret of the key.',
          }
        : {
            cause: `${
              secret ? `The Secret '${secret}' with the` : 'The'
            } decryption key is missing or does not fit.`,
            field: 'spec.decryption.secretRef',
            nextStep: `Put the key that the files were encrypted for into ${
              secret ? `Secret '${secret}'` : 'the decryption Secret'
            }.`,
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
      cause: `The namespace '${namespace}' is being deleted: the environment is being torn down.`,
      subject: { kind: 'Namespace', name: namespace },
      nextStep:
        'Wait until the namespace is gone, or clear the finalizers that hold it.',
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
      cause: `The target namespace '${namespace}' does not exist, and Flux does not create it.`,
      field: 'spec.targetNamespace',
      nextStep: `Create namespace '${namespace}' with the deploy account's rights in it.`,
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
      cause: `${capitalised(manifest(finding).name)} names no namespace.`,
      field: 'spec.targetNamespace',
      nextStep: 'Set `spec.targetNamespace`.',
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
      cause: `The cluster does not know the kind '${kind}'${
        version ? ` of ${version}` : ''
      }: its CustomResourceDefinition is not installed.`,
      subject: manifest(finding).subject,
      nextStep: `Add the Kustomization that installs '${kind}' to \`spec.dependsOn\`.`,
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
    explain: finding => ({
      cause: `${capitalised(
        manifest(finding).name,
      )} changes a field that cannot be changed.`,
      subject: manifest(finding).subject,
      nextStep:
        'Delete the object so that it is made anew, or allow that with the annotation `kustomize.toolkit.fluxcd.io/force: enabled` on it.',
    }),
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
    explain: (finding, { webhook, policy }) => ({
      cause: `The ${
        webhook ? `admission webhook '${webhook}'` : `policy '${policy}'`
      } refused ${manifest(finding).name}.`,
      subject: manifest(finding).subject,
      nextStep:
        "Change the manifest as the policy's own words in the message ask.",
    }),
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
    explain: finding => ({
      cause: `${capitalised(
        manifest(finding).name,
      )} has a value or a type that the API does not accept.`,
      subject: manifest(finding).subject,
      nextStep: 'Correct the field that the message names in the manifest.',
    }),
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
    explain: (finding, { namespace, account }) => ({
      cause: `${capitalised(manifest(finding).name)} runs as service account '${
        account ?? 'unknown'
      }', which does not exist${
        namespace ? ` in namespace '${namespace}'` : ''
      }.`,
      subject: manifest(finding).subject,
      field: 'spec.serviceAccountName',
      nextStep: 'Add the service account to the manifests.',
    }),
  },
  {
    id: 'K23',
    signs: [{ reasons: APPLY, pattern: /FieldManagerConflict|conflict/ }],
    explain: finding => ({
      cause: `Another writer owns a field of ${manifest(finding).name}.`,
      subject: manifest(finding).subject,
      nextStep:
        'Stop the other writer, or leave the field out of the manifest.',
    }),
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
      cause: message.includes('KubeConfig')
        ? 'The Secret with the kubeconfig of the remote cluster cannot be read.'
        : 'The cluster to deploy to does not answer.',
      field: 'spec.kubeConfig',
      nextStep: message.includes('KubeConfig')
        ? 'Create the Secret that `spec.kubeConfig` names.'
        : 'Check the kubeconfig and the network path to that cluster.',
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
    explain: explainWorkloads('InProgress', name => ({
      cause: `${name} did not become ready in time: an image, a probe, a quota or a volume holds it up.`,
      nextStep: `Open the pods, events and logs of ${name}.`,
    })),
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
    explain: explainWorkloads('Failed', name => ({
      cause: `${name} failed for good.`,
      nextStep: `Open ${name} and mend what its own status says.`,
    })),
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
      const [absent] = checkedWorkloads(message).filter(
        ({ status }) => status !== 'InProgress',
      );
      return {
        cause: `A health check names ${
          absent ? nameOf(absent) : 'an object or kind'
        }, which does not exist.`,
        field: 'spec.healthChecks',
        nextStep: `Correct \`spec.healthChecks\`, or add ${
          absent ? nameOf(absent) : 'the object'
        } to the manifests.`,
      };
    },
  },
  {
    id: 'K29',
    // The reason alone tells it: no failure goes by that name.
    signs: [{ reasons: ['HealthCheckCanceled'] }],
    explain: () => ({
      cause: 'A newer change took the place of this run; nothing failed.',
      nextStep: 'Nothing to do: the next run is under way.',
    }),
  },
  {
    id: 'K30',
    signs: [{ reasons: ['PruneFailed'], pattern: /delete failed, errors/ }],
    explain: finding => {
      const { subject } = manifest(finding);
      return {
        cause: `${
          subject ? nameOf(subject) : 'An object'
        } that left the repository could not be deleted from the cluster.`,
        subject,
        nextStep:
          'Clear the refusal that the message names; the deletion is tried again.',
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
      cause: 'A CEL expression in the spec is not valid.',
      field: message.includes('readyExpr')
        ? 'spec.dependsOn'
        : 'spec.healthCheckExprs',
      nextStep: 'Correct the expression that the message names.',
    }),
  },
  {
    id: 'K32',
    signs: [{ reasons: ['FeatureGateDisabled'], pattern: /feature gate/ }],
    explain: () => ({
      cause:
        'Decryption uses a service account of its own, which is switched off in kustomize-controller.',
      field: 'spec.decryption.serviceAccountName',
      nextStep:
        'Ask the platform team to enable the feature gate that the message names.',
    }),
  },
  {
    id: 'K33',
    signs: [{ reasons: ['DirectoryCreationFailed'], pattern: /tmp dir error/ }],
    explain: () => ({
      cause: 'The scratch disk of kustomize-controller is full or read-only.',
      nextStep:
        'Ask the platform team to free or mend the temporary storage of kustomize-controller.',
    }),
  },
];

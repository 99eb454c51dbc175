import type {
  ResourceStateDocument,
  ResourceType,
} from '@backstage-gitops/plugin-gitops-common';

/** What a command is for. */
export type CommandPurpose =
  | 'get'
  | 'describe'
  | 'logs'
  | 'fluxGet'
  | 'fluxLogs'
  | 'fluxReconcile'
  | 'fluxTrace';

/** A command line for somebody with access to the cluster. */
export interface ShellCommand {
  purpose: CommandPurpose;
  text: string;
}

const KINDS: Record<
  ResourceType,
  { plural: string; kind: string; flux: string; source?: boolean }
> = {
  'git-repository': {
    plural: 'gitrepositories.source.toolkit.fluxcd.io',
    kind: 'GitRepository',
    flux: 'source git',
    source: true,
  },
  kustomization: {
    plural: 'kustomizations.kustomize.toolkit.fluxcd.io',
    kind: 'Kustomization',
    flux: 'kustomization',
  },
};

/** Commands about a Flux object, for kubectl and for flux. */
export function fluxObjectCommands({
  type,
  name,
  namespace,
}: Pick<ResourceStateDocument, 'type' | 'name' | 'namespace'>): ShellCommand[] {
  const { plural, kind, flux, source } = KINDS[type];
  const at = `-n ${quote(namespace)}`;
  const object = quote(name);
  return [
    { purpose: 'get', text: `kubectl get ${plural} ${object} ${at} -o yaml` },
    { purpose: 'describe', text: `kubectl describe ${plural} ${object} ${at}` },
    { purpose: 'fluxGet', text: `flux get ${flux} ${object} ${at}` },
    {
      purpose: 'fluxLogs',
      text: `flux logs --kind=${kind} --name=${object} ${at} --since=1h`,
    },
    {
      purpose: 'fluxReconcile',
      text: `flux reconcile ${flux} ${object} ${at}${
        source ? '' : ' --with-source'
      }`,
    },
  ];
}

/** Kinds whose pods kubectl finds by itself when it is asked for logs. */
const LOGGING = new Set([
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
]);

/** Commands about any object in a cluster. */
export function objectCommands(object: {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}): ShellCommand[] {
  const { apiVersion, kind, namespace } = object;
  const [group, version] = apiVersion.split('/');
  // Kind, version and group together name a resource without doubt.
  const resource = version ? `${kind}.${version}.${group}` : kind;
  const name = quote(object.name);
  const at = namespace ? ` -n ${quote(namespace)}` : '';
  const commands: ShellCommand[] = [
    { purpose: 'get', text: `kubectl get ${resource} ${name}${at} -o yaml` },
    { purpose: 'describe', text: `kubectl describe ${resource} ${name}${at}` },
  ];
  if (LOGGING.has(kind)) {
    commands.push({
      purpose: 'logs',
      text: `kubectl logs ${kind.toLowerCase()}/${name}${at} --all-containers --tail=200`,
    });
  }
  commands.push({
    purpose: 'fluxTrace',
    text: `flux trace ${name} --kind=${kind} --api-version=${apiVersion}${at}`,
  });
  return commands;
}

/** Quotes what a shell could read as more than a word; RBAC names may hold anything. */
function quote(word: string): string {
  return /^[\w.:/-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}

import type { FluxReference } from '../types';

// Commands are shown to people and copied into shells, and some of their words
// come out of messages: whatever is not a plain word gets quoted.
function word(text: string): string {
  return /^[\w.,:/@=-]+$/.test(text)
    ? text
    : `'${text.replace(/'/g, `'\\''`)}'`;
}

/** Words as a line for a shell. @internal */
export function commandLine(...words: string[]): string {
  return words.map(word).join(' ');
}

/** @internal */
export function inNamespace(namespace: string | undefined): string[] {
  return namespace ? ['--namespace', namespace] : [];
}

/** @internal */
export function kubectl(
  namespace: string | undefined,
  ...words: string[]
): string {
  return commandLine('kubectl', ...words, ...inNamespace(namespace));
}

/** Shows an object with its events. @internal */
export function describeCommand({ kind, name, namespace }: FluxReference) {
  return kubectl(namespace, 'describe', kind?.toLowerCase() ?? 'all', name);
}

const FLUX_NAMES: Record<string, string[]> = {
  Kustomization: ['kustomization'],
  HelmRelease: ['helmrelease'],
  GitRepository: ['source', 'git'],
  OCIRepository: ['source', 'oci'],
  Bucket: ['source', 'bucket'],
  HelmRepository: ['source', 'helm'],
  HelmChart: ['source', 'chart'],
};

/** Asks Flux to do something with an object; absent for kinds its CLI has no word for. @internal */
export function fluxCommand(
  verb: 'reconcile' | 'resume',
  { kind, name, namespace }: FluxReference,
): string | undefined {
  const words = FLUX_NAMES[kind ?? ''];
  return (
    words &&
    commandLine('flux', verb, ...words, name, ...inNamespace(namespace))
  );
}

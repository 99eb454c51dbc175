import { referenceTo } from '../kinds';
import type { CatalogueEntry, Explanation, Finding } from './catalogueEntry';
import { commandLine, describeCommand, inNamespace, kubectl } from './commands';

function history({ object }: Finding): string {
  return kubectl(
    object.metadata.namespace,
    'get',
    'events',
    '--field-selector',
    `involvedObject.name=${object.metadata.name}`,
  );
}

function failedAction(action: string): (finding: Finding) => Explanation {
  return finding => ({
    cause: `Helm could not ${action} the release '${finding.object.metadata.name}'.`,
    field: 'spec.chart',
    nextStep:
      'Read the Helm error in the message and mend the chart, its values or the hook it names.',
    command: history(finding),
  });
}

/** Failures of HelmReleases, in short. @internal */
export const helmReleaseCatalogue: readonly CatalogueEntry[] = [
  {
    id: 'H1',
    signs: [{ reasons: ['InstallFailed'] }],
    explain: failedAction('install'),
  },
  {
    id: 'H2',
    signs: [{ reasons: ['UpgradeFailed'] }],
    explain: failedAction('upgrade'),
  },
  {
    id: 'H3',
    signs: [{ reasons: ['TestFailed'] }],
    explain: finding => ({
      cause: `The Helm tests of '${finding.object.metadata.name}' failed after the release.`,
      field: 'spec.test',
      nextStep: 'Read the logs of the test pod that the message names.',
      command: history(finding),
    }),
  },
  {
    id: 'H4',
    signs: [{ reasons: ['RollbackFailed'] }],
    explain: failedAction('roll back'),
  },
  {
    id: 'H5',
    signs: [{ reasons: ['UninstallFailed'] }],
    explain: failedAction('uninstall'),
  },
  {
    id: 'H6',
    signs: [{ reasons: ['SourceNotReady', 'ArtifactFailed'] }],
    explain: ({ object }) => ({
      cause: 'The chart could not be fetched: its source is missing or fails.',
      field: 'spec.chart',
      nextStep: 'Mend the HelmChart and the repository it comes from.',
      command: kubectl(object.metadata.namespace, 'get', 'helmcharts'),
    }),
  },
  {
    id: 'H7',
    signs: [{ reasons: ['ValuesError'] }],
    explain: () => ({
      cause: 'A ConfigMap or Secret that the values come from is missing.',
      field: 'spec.valuesFrom',
      nextStep: 'Create what `spec.valuesFrom` names, or mark it optional.',
    }),
  },
  {
    id: 'H8',
    signs: [{ reasons: ['StateError'] }],
    explain: ({ object }) => ({
      cause: 'The state that Helm stored for the release cannot be read.',
      nextStep: 'Look at the release Secrets of Helm in the release namespace.',
      command: kubectl(
        object.spec?.targetNamespace ?? object.metadata.namespace,
        'get',
        'secrets',
        '--selector',
        'owner=helm',
      ),
    }),
  },
  {
    id: 'H9',
    signs: [{ reasons: ['RetriesExceeded'] }],
    explain: ({ object }) => ({
      cause: 'The release failed as often as it may, and is not tried again.',
      nextStep:
        'Mend what the message names, then reset the failure counter and reconcile.',
      command: commandLine(
        'flux',
        'reconcile',
        'helmrelease',
        object.metadata.name,
        ...inNamespace(object.metadata.namespace),
        '--reset',
      ),
    }),
  },
  {
    id: 'H10',
    signs: [{ reasons: ['MissingRollbackTarget'] }],
    explain: () => ({
      cause: 'The release failed and there is no earlier one to roll back to.',
      field: 'spec.upgrade.remediation',
      nextStep:
        'Mend the chart or its values; the next release then starts anew.',
    }),
  },
  {
    id: 'H11',
    signs: [{ reasons: ['DriftDetected'] }],
    explain: ({ object }) => ({
      cause: 'Objects of the release were changed by someone other than Helm.',
      field: 'spec.driftDetection',
      nextStep:
        'Undo the changes that the message lists, or let drift detection correct them.',
      command: describeCommand(referenceTo(object)),
    }),
  },
];

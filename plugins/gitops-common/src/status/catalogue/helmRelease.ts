import { referenceTo } from '../kinds';
import type { CatalogueEntry, RowExplanation, Finding } from './catalogueEntry';
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

function explainRelease(field: string): (finding: Finding) => RowExplanation {
  return finding => ({
    values: { release: finding.object.metadata.name },
    field,
    command: history(finding),
  });
}

/** Failures of HelmReleases, in short. @internal */
export const helmReleaseCatalogue: readonly CatalogueEntry[] = [
  {
    id: 'H1',
    signs: [{ reasons: ['InstallFailed'] }],
    explain: explainRelease('spec.chart'),
  },
  {
    id: 'H2',
    signs: [{ reasons: ['UpgradeFailed'] }],
    explain: explainRelease('spec.chart'),
  },
  {
    id: 'H3',
    signs: [{ reasons: ['TestFailed'] }],
    explain: explainRelease('spec.test'),
  },
  {
    id: 'H4',
    signs: [{ reasons: ['RollbackFailed'] }],
    explain: explainRelease('spec.chart'),
  },
  {
    id: 'H5',
    signs: [{ reasons: ['UninstallFailed'] }],
    explain: explainRelease('spec.chart'),
  },
  {
    id: 'H6',
    signs: [{ reasons: ['SourceNotReady', 'ArtifactFailed'] }],
    explain: ({ object }) => ({
      field: 'spec.chart',
      command: kubectl(object.metadata.namespace, 'get', 'helmcharts'),
    }),
  },
  {
    id: 'H7',
    signs: [{ reasons: ['ValuesError'] }],
    explain: () => ({ field: 'spec.valuesFrom' }),
  },
  {
    id: 'H8',
    signs: [{ reasons: ['StateError'] }],
    explain: ({ object }) => ({
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
    explain: () => ({ field: 'spec.upgrade.remediation' }),
  },
  {
    id: 'H11',
    signs: [{ reasons: ['DriftDetected'] }],
    explain: ({ object }) => ({
      field: 'spec.driftDetection',
      command: describeCommand(referenceTo(object)),
    }),
  },
];

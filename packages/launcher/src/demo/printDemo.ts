import type { DemoResult } from './DemoResult';

function table(headers: string[], rows: (string | undefined)[][]): string {
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...rows.map(row => (row[column] ?? '').length)),
  );
  const line = (cells: (string | undefined)[]) =>
    `  ${cells
      .map((cell, column) => (cell ?? '').padEnd(widths[column]))
      .join('  ')
      .trimEnd()}\n`;
  return line(headers) + rows.map(line).join('');
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1000).toFixed(2)} s`;
}

/** The result of a demo for people. */
export function printDemo(result: DemoResult): string {
  const parts = [
    `\nProject ${result.project}\n\n`,
    table(
      ['STEP', 'STATUS', 'TOOK'],
      result.steps.map(step => [
        `${step.sequence} ${step.displayName}`,
        step.status,
        seconds(step.durationMs),
      ]),
    ),
    '\n',
    table(
      ['ENVIRONMENT', 'STATE', 'CLUSTER', 'NAMESPACE', 'REVISION'],
      result.environments.map(environment => [
        environment.name,
        environment.state,
        environment.cluster,
        environment.namespace,
        environment.revision,
      ]),
    ),
    '\n',
    table(
      ['RESOURCE', 'NAME', 'NAMESPACE', 'ENVIRONMENT', 'STATUS'],
      result.gitopsResources.map(resource => [
        resource.type,
        resource.name,
        resource.namespace,
        resource.environment ?? '-',
        resource.status,
      ]),
    ),
    `\n  set-up ${seconds(result.elapsedMs.initialized)}, Ready ${seconds(
      result.elapsedMs.ready,
    )} after it, warnings in the log: ${result.logWarnings}\n`,
  ];
  for (const { object, id, cause, nextStep, message } of result.diagnoses) {
    parts.push(
      `\n  ${object} [${id}]\n    cause:     ${cause}\n    next step: ${nextStep}\n`,
    );
    if (message) {
      parts.push(
        `    message:   ${message.split('\n').join('\n               ')}\n`,
      );
    }
  }
  for (const problem of result.problems) {
    parts.push(`\n  ✗ ${problem}`);
  }
  parts.push(result.ok ? '\n  ✓ everything holds\n' : '\n');
  return parts.join('');
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { metricDefinitions, type MetricDefinition } from './metricDefinitions';

const OPERATE = resolve(__dirname, '../../../../docs/operate');
const definitions: readonly MetricDefinition[] =
  Object.values(metricDefinitions);

/** Names that Prometheus knows a metric by, with the labels of each. */
function prometheusNames({ name, type, unit, labels }: MetricDefinition) {
  const base = [
    name.replaceAll('.', '_'),
    ...(unit === 's' ? ['seconds'] : []),
  ].join('_');
  const suffixes = {
    counter: ['_total'],
    gauge: [''],
    histogram: ['_bucket', '_sum', '_count'],
  }[type];
  return suffixes.map(suffix => [`${base}${suffix}`, labels] as const);
}

it('the dashboard asks for metrics and labels that there are, and leaves none out', async () => {
  const known = new Map(definitions.flatMap(prometheusNames));
  const dashboard = JSON.parse(
    await readFile(resolve(OPERATE, 'grafana-dashboard.json'), 'utf8'),
  );
  const expressions: string[] = [
    ...dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
      panel.targets.map(({ expr }) => expr),
    ),
    ...dashboard.templating.list.map(({ query }: { query: string }) => query),
  ];
  const asked = expressions.flatMap(
    expression => expression.match(/gitops_\w+/g) ?? [],
  );
  expect(asked.filter(name => !known.has(name))).toEqual([]);
  for (const definition of definitions) {
    const names = prometheusNames(definition).map(([name]) => name);
    expect([definition.name, names.some(name => asked.includes(name))]).toEqual(
      [definition.name, true],
    );
  }
  for (const expression of expressions) {
    const [name] = expression.match(/gitops_\w+/) ?? [];
    const labels = [...expression.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(
      ([, label]) => label,
    );
    expect(
      labels.filter(label => !known.get(name ?? '')?.includes(label)),
    ).toEqual([]);
  }
});

it('the page tells of every metric with its labels, and of no other', async () => {
  const page = await readFile(resolve(OPERATE, 'metrics.md'), 'utf8');
  const rows = [
    ...page.matchAll(/^\| `(gitops\.[\w.]+)` *\| (\w+) *\| (.*?) *\|/gm),
  ];
  expect(
    rows.map(([, name, type, labels]) => ({
      name,
      type,
      labels: labels.match(/\w+/g),
    })),
  ).toEqual(
    definitions.map(({ name, type, labels }) => ({ name, type, labels })),
  );
});

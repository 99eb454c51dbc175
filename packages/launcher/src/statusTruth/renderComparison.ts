import { type Comparison, MISTAKES } from './compareTools';
import { PEERS } from './peers';

/** Padded as the formatter of the repository wants it. */
function table(head: string[], rows: (string | number)[][]): string {
  const cells = [head, ...rows.map(row => row.map(String))];
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map(row => row[column].length)),
  );
  const line = (row: string[], fill = ' ') =>
    `| ${row
      .map((cell, column) => cell.padEnd(widths[column], fill))
      .join(' | ')} |`;
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...cells.slice(1).map(row => line(row)),
  ].join('\n');
}

/** How many each tool shows wrongly, in all and by the way it misleads. */
export function summary(comparisons: Comparison[]): string {
  return table(
    ['', 'shown wrongly', ...MISTAKES],
    PEERS.map(({ name }, index) => {
      const mistakes = comparisons.flatMap(
        ({ answers }) => answers[index].mistake ?? [],
      );
      return [
        name,
        `${mistakes.length} of ${comparisons.length}`,
        ...MISTAKES.map(
          mistake => mistakes.filter(made => made === mistake).length,
        ),
      ];
    }),
  );
}

function details(comparisons: Comparison[]): string {
  return table(
    ['situation', 'what it is', ...PEERS.map(({ name }) => name)],
    comparisons.map(({ fixture, answers }) => [
      `${fixture.title} (\`${fixture.situation}\`)`,
      fixture.expected.status,
      ...answers.map(({ shown, mistake }) =>
        mistake ? `**${shown}**` : shown,
      ),
    ]),
  );
}

/** The page of the documentation. */
export function renderComparison(
  comparisons: Comparison[],
  versions: string[],
): string {
  const isMoment = ({ fixture }: Comparison) =>
    fixture.situation.startsWith('healthy-run-');
  const situations = comparisons.filter(comparison => !isMoment(comparison));
  const moments = comparisons.filter(isMoment);
  return `# Status, and what is true

Written by \`./dev status-truth\`; do not edit. The recordings are in \`e2e/fixtures\`, made with ${versions.join(
    ', ',
  )} by \`RECORD_FIXTURES=1 ./dev e2e truth\`. Each of them is an object as the API server answered it, in a
situation that was forced; what is to be said of it was written down by hand beside the forcing, before any rule saw it.

Four ways to read such an object:

${PEERS.map(({ name, rule }) => `- **${name}**: ${rule}`).join('\n')}

An answer is wrong when its word is not the true one. \`failed\` and \`stalled\` count as the same word, and \`unknown\` is
accepted for work under way. Tools that know more than their rule (a label for suspended objects, for example) do better than their row;
only the rule is compared here.

## Forced situations

${summary(situations)}

## Moments of a healthy run

A first deployment, a new commit, a requested reconcile and a new spec; every moment that differs from the one before. While something of
it is still to be done the truth is \`reconciling\`.

${summary(moments)}

## Every situation

Wrong answers are bold.

${details(situations)}

## Every moment

${details(moments)}
`;
}

import { act } from '@testing-library/react';
import axe, { type AxeResults } from 'axe-core';

/**
 * What a keyboard or a screen reader would stumble over, by the rules of WCAG
 * 2.2 AA that need no layout: jsdom draws nothing, so colours and sizes are for
 * a browser to judge.
 */
export async function findA11yProblems(
  container: Element = document.body,
): Promise<string[]> {
  let violations: AxeResults['violations'] = [];
  // It takes seconds, in which the clocks on the page go on.
  await act(async () => {
    ({ violations } = await axe.run(
      // The announcer of the UI library names elements that may have gone.
      { include: [container], exclude: ['[data-live-announcer]'] },
      {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
        rules: {
          'color-contrast': { enabled: false },
          'label-content-name-mismatch': { enabled: false },
        },
      },
    ));
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}

import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * What Backstage draws around and beside our own elements, and cannot be mended
 * here: none of it is in the dialogs, which are judged whole.
 */
const NOT_OURS = [
  // The catalog graph on an entity's page, while it loads: it has no name.
  '.MuiCircularProgress-root',
  // Cards of the catalog beside ours, with links below 24 pixels.
  'article.bui-Card:not([aria-label]):not(:has(ul[aria-label="Environments"]))',
  // The tab above a template's form, which names a panel that is not there.
  'a.bui-Tab[data-key="templates"]',
];

/** Waits until a dialog has come in: colours are others while it fades. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const dialog = document.querySelector('[role=dialog]');
    return document.getAnimations().every(({ playState, effect }) => {
      const { target } = effect as KeyframeEffect;
      return (
        playState !== 'running' ||
        !dialog ||
        !target?.contains(dialog) ||
        effect?.getComputedTiming().endTime === Infinity
      );
    });
  });
}

/** What breaks the rules of WCAG 2.2 AA on a page, one line for each element. */
export async function findViolations(page: Page): Promise<string[]> {
  await settled(page);
  await page.evaluate(
    await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'),
  );
  const { violations } = await page.evaluate(
    exclude =>
      (
        window as unknown as {
          axe: {
            run(context: object, options: object): Promise<AxeResults>;
          };
        }
      ).axe.run(
        { include: [['html']], exclude: exclude.map(each => [each]) },
        { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
      ),
    NOT_OURS,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, html, any }) =>
        `${id} at ${target.join(' ')}: ${any[0]?.message ?? ''} ${html.slice(
          0,
          160,
        )}`,
    ),
  );
}

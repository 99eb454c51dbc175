import type { Page } from 'playwright-core';

/** What was seen of a card while a page came up. */
export interface LayoutFigures {
  /** From the portal's own shell to the card's first state, in milliseconds. */
  cardAfterShell: number;
  /** Cumulative shift of what is in the card, or moved by it. */
  shift: number;
}

/** Runs in the page before its own scripts: notes when things come, and what moves. */
export function observeLayout() {
  const seen: { shell?: number; card?: number; shift: number } = { shift: 0 };
  const cardOf = () =>
    [...document.querySelectorAll('h2,h3')].find(
      heading => heading.textContent === 'GitOps',
    );
  new MutationObserver(() => {
    if (seen.shell === undefined && document.querySelector('nav')) {
      seen.shell = performance.now();
    }
    if (seen.card === undefined && cardOf()) {
      seen.card = performance.now();
    }
  }).observe(document, { subtree: true, childList: true });
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      // Before the card is there, Backstage's page moves by itself.
      if (seen.card !== undefined && entry.startTime > seen.card) {
        seen.shift += (entry as unknown as { value: number }).value;
      }
    }
  }).observe({ type: 'layout-shift', buffered: true });
  Object.assign(window, { layoutSeen: seen });
}

/** What {@link observeLayout} has noted since the page was loaded. */
export async function layoutShifts(page: Page): Promise<LayoutFigures> {
  const { shell, card, shift } = await page.evaluate(
    () =>
      (
        window as unknown as {
          layoutSeen: { shell?: number; card?: number; shift: number };
        }
      ).layoutSeen,
  );
  if (shell === undefined || card === undefined) {
    throw new Error(`not seen: shell ${shell}, card ${card}`);
  }
  return { cardAfterShell: card - shell, shift };
}

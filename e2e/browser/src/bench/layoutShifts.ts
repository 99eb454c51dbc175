import type { Page } from 'playwright-core';

/** What was seen of a card while a page came up. */
export interface LayoutFigures {
  /** From the portal's own shell to the card's first state, in milliseconds. */
  cardAfterShell: number;
  /** The same to its environments, which is when the portal's answer is on screen. */
  rowsAfterShell: number;
  /** From the first of the page's other cards to its environments. */
  rowsAfterOthers: number;
  /** Cumulative shift of what is in the card. */
  shift: number;
  /** By how much its height differed over time, in pixels. */
  growth: number;
}

interface Seen {
  shell?: number;
  others?: number;
  card?: number;
  rows?: number;
  /** Settles when all of them were seen. */
  complete: Promise<void>;
  heights: number[];
  shift: number;
}

/** Runs in the page before its own scripts: notes when things come, and what moves. */
export function observeLayout() {
  let complete = () => {};
  const seen: Seen = {
    heights: [],
    shift: 0,
    complete: new Promise(resolve => {
      complete = resolve;
    }),
  };
  const findCard = () =>
    [...document.querySelectorAll('h2,h3')]
      .find(heading => heading.textContent === 'GitOps')
      ?.closest('article');
  new MutationObserver(() => {
    if (document.querySelector('nav')) {
      seen.shell ??= performance.now();
    }
    const card = findCard();
    if ([...document.querySelectorAll('article')].some(each => each !== card)) {
      seen.others ??= performance.now();
    }
    if (card) {
      seen.card ??= performance.now();
      seen.heights.push(card.getBoundingClientRect().height);
      if (card.querySelector('li')) {
        seen.rows ??= performance.now();
        complete();
      }
    }
  }).observe(document, { subtree: true, childList: true });
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      const { value, sources } = entry as unknown as {
        value: number;
        sources: { node?: Node }[];
      };
      // Other cards move as they please.
      if (sources.some(({ node }) => node && findCard()?.contains(node))) {
        seen.shift += value;
      }
    }
  }).observe({ type: 'layout-shift', buffered: true });
  Object.assign(window, { layoutSeen: seen });
}

/**
 * What {@link observeLayout} has noted since the page was loaded, once the card is
 * complete. Asks the page nothing before: what looks for elements again and again
 * takes the time that is measured.
 */
export async function layoutShifts(page: Page): Promise<LayoutFigures> {
  const { shell, others, card, rows, heights, shift } = await page.evaluate(
    async () => {
      const { layoutSeen } = window as unknown as { layoutSeen: Seen };
      await layoutSeen.complete;
      // The page's other parts come, too, and may move it.
      await new Promise(resolve => {
        requestIdleCallback(resolve, { timeout: 2_000 });
      });
      return { ...layoutSeen, complete: undefined };
    },
  );
  if (
    shell === undefined ||
    others === undefined ||
    card === undefined ||
    rows === undefined
  ) {
    throw new Error(
      `not seen: shell ${shell}, others ${others}, card ${card}, rows ${rows}`,
    );
  }
  return {
    cardAfterShell: card - shell,
    rowsAfterShell: rows - shell,
    rowsAfterOthers: rows - others,
    shift,
    growth: Math.max(...heights) - Math.min(...heights),
  };
}

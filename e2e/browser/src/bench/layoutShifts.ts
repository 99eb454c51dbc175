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

/**
 * Runs in the page before its own scripts: notes when things come, and what moves.
 * Forces no layout and looks only for what has not come yet, because all it does
 * takes the time that it measures.
 */
export function observeLayout() {
  let complete = () => {};
  const seen: Seen = {
    heights: [],
    shift: 0,
    complete: new Promise(resolve => {
      complete = resolve;
    }),
  };
  let card: Element | undefined;
  const sizes = new ResizeObserver(entries => {
    for (const { target, borderBoxSize } of entries) {
      if (target.isConnected) {
        seen.heights.push(borderBoxSize[0].blockSize);
      }
    }
  });
  const articles = document.getElementsByTagName('article');
  const isCard = (article: Element) =>
    article.querySelector('h2,h3')?.textContent === 'GitOps';
  new MutationObserver(() => {
    const now = performance.now();
    if (seen.shell === undefined && document.querySelector('nav')) {
      seen.shell = now;
    }
    if (articles.length === 0) {
      return;
    }
    const found = [...articles].find(isCard);
    if (articles.length > (found ? 1 : 0)) {
      seen.others ??= now;
    }
    if (!found) {
      return;
    }
    seen.card ??= now;
    if (found !== card) {
      card = found;
      sizes.observe(found);
    }
    if (found.querySelector('li')) {
      seen.rows ??= now;
      if (seen.others !== undefined) {
        complete();
      }
    }
  }).observe(document, { subtree: true, childList: true });
  new PerformanceObserver(list => {
    const shifts = list.getEntries() as unknown as {
      value: number;
      sources: { node?: Node }[];
    }[];
    // Other cards move as they please.
    seen.shift += shifts
      .filter(({ sources }) =>
        sources.some(({ node }) => node && card?.contains(node)),
      )
      .reduce((sum, { value }) => sum + value, 0);
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

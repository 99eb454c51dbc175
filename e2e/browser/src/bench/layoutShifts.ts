import type { Page } from 'playwright-core';

/** What was seen of a card while a page came up. */
export interface LayoutFigures {
  /** From the portal's own shell to the card's first state, in milliseconds. */
  cardAfterShell: number;
  /** The same from the header of the entity's page, which the card is a part of. */
  cardAfterEntity: number;
  /** Cumulative shift of what is in the card. */
  shift: number;
  /** By how much its height differed over time, in pixels. */
  growth: number;
}

interface Seen {
  shell?: number;
  entity?: number;
  card?: number;
  heights: number[];
  shift: number;
}

/** Runs in the page before its own scripts: notes when things come, and what moves. */
export function observeLayout() {
  const seen: Seen = { heights: [], shift: 0 };
  const findCard = () =>
    [...document.querySelectorAll('h2,h3')]
      .find(heading => heading.textContent === 'GitOps')
      ?.closest('article');
  new MutationObserver(() => {
    if (document.querySelector('nav')) {
      seen.shell ??= performance.now();
    }
    if (document.querySelector('main h2')) {
      seen.entity ??= performance.now();
    }
    const card = findCard();
    if (card) {
      seen.card ??= performance.now();
      seen.heights.push(card.getBoundingClientRect().height);
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

/** What {@link observeLayout} has noted since the page was loaded. */
export async function layoutShifts(page: Page): Promise<LayoutFigures> {
  const { shell, entity, card, heights, shift } = await page.evaluate(
    () => (window as unknown as { layoutSeen: Seen }).layoutSeen,
  );
  if (shell === undefined || entity === undefined || card === undefined) {
    throw new Error(`not seen: shell ${shell}, entity ${entity}, card ${card}`);
  }
  return {
    cardAfterShell: card - shell,
    cardAfterEntity: card - entity,
    shift,
    growth: Math.max(...heights) - Math.min(...heights),
  };
}

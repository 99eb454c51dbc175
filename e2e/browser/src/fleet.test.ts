import type { Page } from 'playwright-core';
import { Fleet } from './bench/Fleet';
import { PageBench } from './bench/PageBench';
import { takePicture } from './bench/pictures';

jest.setTimeout(240_000);

const PROJECTS = 1_000;
/** A frame later than this is one that a hand on the wheel feels. */
const FELT_MS = 200;

let fleet: Fleet;
let bench: PageBench;

beforeAll(async () => {
  fleet = await Fleet.start();
  bench = await PageBench.start({}, () => fleet.configuration());
  await fleet.fill(bench.flow, PROJECTS);
});

afterAll(async () => {
  await bench?.stop();
  await fleet?.stop();
});

/** Notes tasks that keep the page from drawing, and when the first row came. */
function observeWork() {
  const seen: { rows?: number; tasks: number[] } = { tasks: [] };
  new PerformanceObserver(list => {
    seen.tasks.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: 'longtask' });
  new MutationObserver(() => {
    if (document.querySelector('[role=rowheader]')) {
      seen.rows ??= performance.now();
    }
  }).observe(document, { subtree: true, childList: true });
  Object.assign(window, { workSeen: seen });
}

function workOf(page: Page): Promise<{ rows?: number; tasks: number[] }> {
  return page.evaluate(
    () =>
      (window as unknown as { workSeen: { rows?: number; tasks: number[] } })
        .workSeen,
  );
}

it('shows a thousand projects at once, failing ones first, and scrolls through them', async () => {
  await bench.look(
    '/gitops',
    async ({ page }) => {
      const table = page.getByRole('table', {
        name: 'Projects and their environments',
      });
      await page.getByText('1000 projects', { exact: true }).waitFor();
      // The portal has heard of every object by now.
      await page
        .getByRole('button', { name: /^Ready\W+\d{4} environments/ })
        .waitFor();
      const failing = page.getByRole('button', {
        name: /^Failed\W+31 environments/,
      });
      await failing.waitFor();
      const first = table.getByRole('row').nth(1);
      await first.getByText('Failed', { exact: true }).waitFor();
      await takePicture(page, 'fleet');

      await page.reload();
      await table.getByRole('rowheader').first().waitFor();
      const { rows } = await workOf(page);

      const scrolling = await page.evaluate(async () => {
        const scroller = document.querySelector('[role=table]')!;
        const frames: number[] = [];
        let before = performance.now();
        for (let step = 0; step < 120; step++) {
          scroller.scrollTop += 400;
          await new Promise(requestAnimationFrame);
          const now = performance.now();
          frames.push(now - before);
          before = now;
        }
        return { worst: Math.max(...frames), at: scroller.scrollTop };
      });
      const { tasks } = await workOf(page);
      process.stdout.write(
        `fleet of ${PROJECTS}: first row ${rows?.toFixed(
          0,
        )} ms after the reload began; scrolling ${
          scrolling.at
        } px: worst frame ${scrolling.worst.toFixed(
          0,
        )} ms; long tasks of the visit: ${tasks
          .map(each => each.toFixed(0))
          .join(', ')} ms\n`,
      );
      expect(scrolling.at).toBeGreaterThan(10_000);
      expect(scrolling.worst).toBeLessThan(FELT_MS);

      // The end of the list is reached, too.
      await page.waitForFunction(() => {
        const scroller = document.querySelector('[role=table]')!;
        scroller.scrollTop = scroller.scrollHeight;
        return document.querySelector('[aria-rowindex="1001"]') !== null;
      });
    },
    { before: observeWork },
  );
});

it('narrows by what is in the address, which survives a reload', async () => {
  await bench.look('/gitops', async ({ page }) => {
    await page.getByText('1000 projects', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Failed\W/ }).click();
    await page
      .getByRole('searchbox', { name: 'Search projects' })
      .fill('checkout');
    await page.waitForURL(/state=failed.*text=checkout/);
    const matched = page.getByText(/^\d\d? projects?$/);
    await matched.waitFor();
    const words = await matched.innerText();
    await page.reload();
    await page.getByText(words, { exact: true }).waitFor();
    expect(
      await page
        .getByRole('searchbox', { name: 'Search projects' })
        .inputValue(),
    ).toBe('checkout');
    for (const name of await page.getByRole('rowheader').allInnerTexts()) {
      expect(name).toMatch(/^checkout-/);
    }
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('1000 projects', { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});

import { chromium, type Page } from 'playwright-core';
import type { Place } from './findLeaks';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/**
 * Looks at pages of a portal in a browser, signed in as guest, and takes along all
 * that the browser keeps: storage of every kind, cookies, the pages themselves,
 * the bodies that it was sent and what scripts wrote to the console.
 *
 * @param use - What a person does on the pages
 */
export async function browserTraces(
  url: string,
  use: (page: Page) => Promise<void>,
): Promise<Place[]> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    const places: Place[] = [];
    const bodies: Promise<void>[] = [];
    page.on('console', message =>
      places.push({ name: "the browser's console", content: message.text() }),
    );
    page.on('response', response => {
      if (new URL(response.url()).pathname.startsWith('/api/')) {
        bodies.push(
          response.body().then(
            content => {
              places.push({ name: `the answer to ${response.url()}`, content });
            },
            // Of a page that was left meanwhile.
            () => {},
          ),
        );
      }
    });
    await page.goto(url);
    const enter = page.getByRole('button', { name: 'Enter' });
    await enter.click({ timeout: 60_000 });
    await enter.waitFor({ state: 'detached' });
    await use(page);
    await Promise.all(bodies);
    places.push(
      {
        name: "the browser's storage",
        content: JSON.stringify(
          await context.storageState({ indexedDB: true }),
        ),
      },
      {
        name: 'the storage of the browser tab',
        content: await page.evaluate(
          'JSON.stringify([{...sessionStorage}, {...localStorage}, history.state])',
        ),
      },
      { name: 'the page', content: await page.content() },
      { name: 'the address of the page', content: page.url() },
    );
    return places;
  } finally {
    await browser.close();
  }
}

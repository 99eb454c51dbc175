import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** Scripts and styles of the app that the page has loaded so far, by address. */
export async function loadedFiles(page: Page): Promise<Set<string>> {
  await page.waitForLoadState('networkidle');
  return new Set(
    await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(entry => entry.name)
        .filter(name => /\/static\/.*\.(js|css)$/.test(name)),
    ),
  );
}

/** What a page makes a browser fetch beyond what it has, in kB as gzip. */
export async function addedWeight(
  files: Set<string>,
  known: Set<string>,
): Promise<number> {
  const sizes = await Promise.all(
    [...files]
      .filter(file => !known.has(file))
      .map(async file => {
        const response = await fetch(file);
        if (!response.ok) {
          throw new Error(`${file}: ${response.status}`);
        }
        return gzipSync(await response.bytes()).length;
      }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1_000;
}

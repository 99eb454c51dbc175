import type { Page } from 'playwright-core';
import { findViolations } from './bench/accessibility';
import { allReady, tabOf } from './bench/lanes';
import { PageBench } from './bench/PageBench';
import { takePicture, takeSight } from './bench/pictures';
import {
  fillRepository,
  fillService,
  nextPage,
  TEMPLATE_FORM,
} from './bench/templateForm';

jest.setTimeout(240_000);

let bench: PageBench;

beforeAll(async () => {
  bench = await PageBench.start();
  await bench.createProject('shop');
});

afterAll(async () => {
  await bench?.stop();
});

interface Sight {
  name: string;
  path: string;
  /** Brings what is to be judged on screen. */
  show: (page: Page) => Promise<void>;
  /** Themes in which the documentation shows it. */
  shown?: ('light' | 'dark')[];
}

const dialog = (page: Page) => page.getByRole('dialog');

/** Fills the template's form up to where the code lives. */
async function fillForm(page: Page): Promise<void> {
  await fillService(page, 'till');
  await nextPage(page);
  await fillRepository(page, bench.flow.backing.repositoryHost);
}

const SIGHTS: Sight[] = [
  {
    name: 'card',
    shown: ['light'],
    path: '/catalog/default/component/shop',
    show: async page => {
      await page.getByRole('list', { name: 'Environments' }).waitFor();
      await page.getByText('experimental').last().waitFor();
    },
  },
  {
    name: 'tab',
    shown: ['light', 'dark'],
    path: tabOf('shop'),
    show: allReady,
  },
  {
    name: 'history',
    path: `${tabOf('shop')}?panel=history`,
    show: async page => {
      await page
        .getByRole('list', { name: 'What happened, newest first' })
        .waitFor();
    },
  },
  {
    name: 'credentials',
    shown: ['light'],
    path: `${tabOf('shop')}?panel=credentials`,
    show: page =>
      page.getByRole('region', { name: 'Where it is synchronised' }).waitFor(),
  },
  {
    name: 'dialog-replace',
    path: `${tabOf('shop')}?panel=credentials`,
    show: async page => {
      await page.getByRole('button', { name: 'Replace…' }).click();
      // The circle that is seen lies over the one that is asked for.
      await dialog(page).getByText('A token that you bring').click();
      await dialog(page)
        .getByLabel(/^Token/)
        .waitFor();
    },
  },
  {
    name: 'drawer',
    shown: ['light'],
    path: `${tabOf('shop')}?environment=production`,
    show: async page => {
      await dialog(page)
        .getByRole('list', { name: 'Objects' })
        .getByText('Deployment')
        .waitFor();
      await dialog(page).getByText('Pod', { exact: true }).first().waitFor();
      await dialog(page)
        .getByRole('button', { name: /^Deployment\s*shop$/ })
        .click();
    },
  },
  {
    name: 'dialog-suspend',
    path: tabOf('shop'),
    show: async page => {
      await page
        .getByRole('button', { name: 'More actions for Staging' })
        .click();
      await page.getByRole('menuitem', { name: 'Suspend…' }).click();
      const confirm = dialog(page).getByRole('button', {
        name: 'Suspend',
        exact: true,
      });
      await confirm.click();
      await dialog(page).getByRole('alert').waitFor();
    },
  },
  {
    name: 'form-repository',
    shown: ['light'],
    path: TEMPLATE_FORM,
    show: async page => {
      await fillForm(page);
      await page.getByText(/since you are not connected to/).waitFor();
    },
  },
  {
    name: 'form-environments',
    shown: ['light'],
    path: TEMPLATE_FORM,
    show: async page => {
      await fillForm(page);
      await nextPage(page);
      await page.getByRole('button', { name: 'More about production' }).click();
      const production = page.getByRole('group', { name: /: production$/ });
      await production.getByRole('button', { name: /Approvals/ }).click();
      await page.getByRole('option', { name: '2 approvals' }).click();
      await page.getByRole('option').first().waitFor({ state: 'detached' });
    },
  },
  {
    name: 'fleet',
    path: '/gitops',
    show: page => page.getByRole('rowheader').first().waitFor(),
  },
  {
    name: 'connections',
    path: '/gitops/connections',
    show: page =>
      page
        .getByRole('button', { name: /Use a token/ })
        .first()
        .waitFor(),
  },
  {
    name: 'dialog-token',
    path: '/gitops/connections',
    show: async page => {
      await page
        .getByRole('button', { name: /Use a token/ })
        .first()
        .click();
      await dialog(page).getByRole('button', { name: 'Connect' }).waitFor();
    },
  },
];

describe.each(['light', 'dark'] as const)('in the %s theme', theme => {
  it('breaks no rule of WCAG 2.2 AA', async () => {
    await bench.look(
      '/gitops',
      async ({ page }) => {
        const found: Record<string, string[]> = {};
        for (const { name, path, show, shown } of SIGHTS) {
          await page.goto(`${bench.url}${path}`);
          await show(page);
          found[name] = await findViolations(page);
          await takeSight(page, `${name}-${theme}`);
          if (shown?.includes(theme)) {
            await takePicture(page, theme === 'dark' ? `${name}-dark` : name);
          }
        }
        expect(found).toEqual(
          Object.fromEntries(SIGHTS.map(({ name }) => [name, []])),
        );
      },
      { theme, height: 1000 },
    );
  });
});

it('fits a narrow screen', async () => {
  await bench.look(
    '/gitops',
    async ({ page }) => {
      for (const { name, path, show } of SIGHTS) {
        await page.goto(`${bench.url}${path}`);
        await show(page);
        await takeSight(page, `${name}-narrow`);
        const wide = await page.evaluate(() => {
          const limit = document.documentElement.clientWidth;
          const scrolls = (element: Element | null): boolean =>
            element !== null &&
            (['auto', 'scroll', 'hidden', 'clip'].includes(
              getComputedStyle(element).overflowX,
            ) ||
              scrolls(element.parentElement));
          return [...document.querySelectorAll('main *, [role=dialog] *')]
            .filter(
              element =>
                element.getBoundingClientRect().right > limit + 1 &&
                !scrolls(element.parentElement),
            )
            .map(element => element.outerHTML.slice(0, 120));
        });
        expect({ name, wide }).toEqual({ name, wide: [] });
      }
    },
    { width: 390, height: 844 },
  );
});

it('is used by the keyboard alone', async () => {
  await bench.look(tabOf('shop'), async ({ page }) => {
    await allReady(page);
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        return (
          element?.getAttribute('aria-label') ?? element?.textContent ?? ''
        );
      });
    const tabTo = async (name: string) => {
      const passed: string[] = [];
      while ((await focused()) !== name) {
        passed.push(await focused());
        if (passed.length > 60) {
          throw new Error(
            `'${name}' is not reached, only ${passed.join(', ')}`,
          );
        }
        await page.keyboard.press('Tab');
      }
      return passed;
    };

    const passed = await tabTo('More actions for Production');
    expect(
      passed.filter(name => / (?:Development|Staging|Production)$/.test(name)),
    ).toEqual([
      'Resources of Development',
      'Reconcile now: Development',
      'More actions for Development',
      'Resources of Staging',
      'Reconcile now: Staging',
      'More actions for Staging',
      'Resources of Production',
      'Reconcile now: Production',
    ]);

    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Resources of Production');
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('list', { name: 'Objects' }).waitFor();
    expect(new URL(page.url()).searchParams.get('environment')).toBe(
      'production',
    );
    // Nothing behind the drawer is reached while it is open.
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate(
          () => document.activeElement?.closest('[role=dialog]') !== null,
        ),
      ).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');
    expect(await focused()).toBe('Resources of Production');
  });
});

it('speaks German where German is chosen', async () => {
  await bench.look(
    tabOf('shop'),
    async ({ page }) => {
      await page.getByText('Alle 3 Umgebungen sind bereit').waitFor();
      const words = await page
        .getByRole('list', { name: 'Umgebungen' })
        .innerText();
      expect(words).toContain('Bereit');
      expect(words).toMatch(/vor \d+ (?:Sekunde|Minute)/);
      expect(words).not.toMatch(/Ready|ago|Next check|Reconcile/);
      await takeSight(page, 'tab-german');

      await page.goto(`${bench.url}${tabOf('shop')}?panel=credentials`);
      await page.getByRole('button', { name: 'Ersetzen…' }).waitFor();
      await takeSight(page, 'credentials-german');

      await page.goto(`${bench.url}/gitops`);
      await page.getByText('1 Projekt', { exact: true }).waitFor();
      await page.getByRole('rowheader', { name: 'shop' }).waitFor();
      await takeSight(page, 'fleet-german');

      await page.goto(`${bench.url}/gitops/connections`);
      await page.getByText('Sie sind nicht verbunden.').first().waitFor();
      await takeSight(page, 'connections-german');
    },
    { language: 'de' },
  );
});

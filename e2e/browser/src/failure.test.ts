import type { Page } from 'playwright-core';
import { GitHost } from './bench/GitHost';
import { allReady, inState, lane, tabOf } from './bench/lanes';
import { PageBench } from './bench/PageBench';
import { takePicture, takeSight } from './bench/pictures';

jest.setTimeout(240_000);

const OVERLAY = 'deploy/overlays/production/kustomization.yaml';

let bench: PageBench;

beforeAll(async () => {
  bench = await PageBench.start();
  await bench.createProject('shop');
});

afterAll(async () => {
  await bench?.stop();
});

/** Looks at the same project in the other language. */
async function inGerman(look: (page: Page) => Promise<void>): Promise<void> {
  await bench.look(tabOf('shop'), ({ page }) => look(page), {
    language: 'de',
    height: 1180,
  });
}

it('says what is wrong and what to do, and recovers by itself after the fix', async () => {
  await bench.look(
    tabOf('shop'),
    async ({ page }) => {
      const git = new GitHost(bench.flow, 'shop');
      const reconcile = () => bench.flow.client.reconcile('shop', 'production');
      await allReady(page);
      // Gone with the page, if it were loaded again.
      await page.evaluate(() => {
        document.body.dataset.opened = 'once';
      });

      const broken = await git.edit(OVERLAY, 'Patch the deployment', text =>
        text.replace('path: deployment.yaml', 'path: deploymnet.yaml'),
      );
      await reconcile();
      await inState(page, 'Production', 'Failed');
      await page.getByText('1 of 3 environments needs attention').waitFor();
      const panel = page.getByRole('region', { name: 'What is wrong' });
      const words = await panel.innerText();
      expect(words).toContain(
        "The file 'deploy/overlays/production/deploymnet.yaml' is not in the repository",
      );
      expect(words).toMatch(/Next step\s+\S+/);
      await panel.getByText('Message of the controller').click();
      await panel.locator('pre').getByText('deploymnet.yaml').waitFor();
      await panel.getByText('Message of the controller').click();

      await panel.getByRole('button', { name: /Commands about/ }).click();
      await page.getByRole('menuitem', { name: 'flux get' }).click();
      await panel.getByText(/Copied: flux get kustomization/).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
        /^flux get kustomizations? shop-production /,
      );
      // The host is asked for author and first line after the state is known;
      // they come to a page that is open.
      await lane(page, 'Production')
        .getByText('Patch the deployment')
        .waitFor();
      await page
        .getByText('1 of 3 environments needs attention')
        .scrollIntoViewIfNeeded();
      await takePicture(page, 'failure');
      await inGerman(async german => {
        const told = german.getByRole('region', { name: 'Was nicht stimmt' });
        await told
          .getByText(
            'Die Datei „deploy/overlays/production/deploymnet.yaml“ fehlt im Repository',
          )
          .waitFor();
        expect(await told.innerText()).toMatch(
          /Nächster Schritt\s+„\S+deploymnet\.yaml“ committen oder/,
        );
        await takeSight(german, 'failure-german');
      });

      await git.edit(
        OVERLAY,
        'Name the patch as it is called',
        () => broken.before,
      );
      await reconcile();
      await allReady(page);
      await panel.waitFor({ state: 'detached' });
      expect(await page.evaluate(() => document.body.dataset.opened)).toBe(
        'once',
      );
    },
    { height: 1180 },
  );
});

it('tells how old its knowledge is while the cluster is out of reach, and heals', async () => {
  const gate = bench.flow.gates.cluster;
  await bench.look(tabOf('shop'), async ({ page }) => {
    await allReady(page);
    gate.close();
    try {
      const notice = page.getByText('Cluster sandbox cannot be read');
      await notice.waitFor({ timeout: 90_000 });
      await page
        .getByRole('list', { name: 'Clusters' })
        .getByText(/Offline, last heard .* ago/)
        .waitFor();
      await inState(page, 'Production', 'Unknown');
      await lane(page, 'Production')
        .getByText(/last known Ready/)
        .first()
        .waitFor();
      const reconcile = lane(page, 'Production').getByRole('button', {
        name: 'Reconcile now: Production',
      });
      expect(await reconcile.isDisabled()).toBe(true);
      await lane(page, 'Production')
        .getByText('Not while the cluster is out of reach.')
        .waitFor();
      // A long title beside it does not break it over two lines.
      expect(
        await lane(page, 'Production')
          .locator('code')
          .first()
          .evaluate(code => code.getClientRects().length),
      ).toBe(1);
      await takeSight(page, 'tab-stale');
      await inGerman(async german => {
        await german
          .getByText('Der Cluster sandbox ist nicht lesbar')
          .waitFor();
        expect(await german.getByRole('main').innerText()).not.toMatch(
          /cannot be reached|did not answer|please|check that/,
        );
        await takeSight(german, 'stale-german');
      });
      gate.open();
      await allReady(page, { timeout: 90_000 });
      await notice.waitFor({ state: 'detached' });
    } finally {
      gate.open();
    }
  });
});

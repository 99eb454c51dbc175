import { PageBench } from './bench/PageBench';
import { takePicture } from './bench/pictures';

jest.setTimeout(240_000);

const STAGES = ['Development', 'Staging', 'Production'];

let bench: PageBench;

beforeAll(async () => {
  bench = await PageBench.start();
});

afterAll(async () => {
  await bench?.stop();
});

it('goes from the template form to Ready environments', async () => {
  await bench.look(
    '/create/templates/default/gitops-service',
    async ({ page }) => {
      const next = () => page.getByRole('button', { name: 'Next' }).click();

      await page.getByRole('textbox', { name: 'Name' }).fill('shop');
      await page.getByLabel(/Owner/).first().click();
      await page.getByRole('option', { name: 'Guests' }).click();
      await takePicture(page, 'form-service');
      await next();
      await page.getByRole('button', { name: /Git host/ }).click();
      await page
        .getByRole('option', { name: bench.flow.backing.repositoryHost })
        .click();
      await page.getByRole('textbox', { name: /Owner/ }).fill('platform');
      await takePicture(page, 'form-repository');
      await next();
      await takePicture(page, 'form-environments');
      await page.getByRole('button', { name: 'Review' }).click();
      await page.getByRole('button', { name: 'Create' }).click();

      await page
        .getByRole('link', { name: 'Environments' })
        .waitFor({ timeout: 60_000 });
      await takePicture(page, 'task');

      await page.getByRole('link', { name: 'Environments' }).click();
      for (const stage of STAGES) {
        await page
          .getByRole('listitem', { name: stage })
          .getByText('Ready', { exact: true })
          .first()
          .waitFor();
      }
      await takePicture(page, 'tab-ready');
    },
  );
});

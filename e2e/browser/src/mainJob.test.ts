import { PageBench, takePicture } from './bench/PageBench';

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
  const { page, problems } = await bench.open(
    '/create/templates/default/gitops-service',
  );
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

  const open = page.getByRole('link', { name: /open .*catalog/i });
  await open.waitFor({ timeout: 60_000 });
  await takePicture(page, 'task');

  await page.goto(`${bench.url}/catalog/default/component/shop/gitops`);
  for (const stage of STAGES) {
    await page
      .getByRole('region', { name: stage })
      .getByText('Ready', { exact: true })
      .first()
      .waitFor();
  }
  await takePicture(page, 'tab-ready');
  expect(problems).toEqual([]);
});

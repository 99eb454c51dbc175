import { allReady, inState, lane, STAGES } from './bench/lanes';
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
});

afterAll(async () => {
  await bench?.stop();
});

it('goes from the template form to Ready environments', async () => {
  await bench.look(TEMPLATE_FORM, async ({ page }) => {
    await fillService(page, 'shop');
    await takeSight(page, 'form-service');
    await nextPage(page);
    await fillRepository(page, bench.flow.backing.repositoryHost);
    await takePicture(page, 'form');
    await nextPage(page);
    await takeSight(page, 'form-environments');
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByRole('button', { name: 'Create' }).click();

    await page
      .getByRole('link', { name: 'Environments' })
      .waitFor({ timeout: 60_000 });
    await takePicture(page, 'task');

    // The task has ended: where its links lead to is there.
    await page.getByRole('link', { name: 'Environments' }).click();
    await allReady(page);
    const head = await bench.flow.backing.branchCommit(
      'platform',
      'shop',
      'main',
    );
    for (const stage of STAGES) {
      await inState(page, stage, 'Ready');
      expect(await lane(page, stage).innerText()).toContain(
        `Applied ${head?.slice(0, 7)}`,
      );
      // Read at the Git host afterwards, it comes without a reload.
      await lane(page, stage).getByText('Create shop').waitFor();
    }
    await takeSight(page, 'tab-ready');
  });
});

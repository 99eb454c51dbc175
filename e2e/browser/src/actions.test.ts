import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@backstage-gitops/launcher/testbench';
import type { Page } from 'playwright-core';
import { findKustomization } from './bench/kustomizations';
import { allReady, inState, lane, STAGES, tabOf } from './bench/lanes';
import { PageBench } from './bench/PageBench';
import { takeSight } from './bench/pictures';

jest.setTimeout(240_000);

const DENY_BY_FILE = join(
  repositoryRoot,
  'packages/launcher/src/testbench/denyByFile.cjs',
);

let folder: string;
let bench: PageBench;

const deny = (...permissions: string[]) =>
  writeFile(join(folder, 'denied'), permissions.join('\n'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gitops-denied-'));
  await deny();
  bench = await PageBench.start({
    NODE_OPTIONS: `--require ${DENY_BY_FILE}`,
    FLOW_DENIED_FILE: join(folder, 'denied'),
  });
  await bench.createProject('shop');
});

afterEach(async () => {
  await deny();
});

afterAll(async () => {
  await bench?.stop();
  await rm(folder, { recursive: true, force: true });
});

const button = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true });

function middle(box: { y: number; height: number } | null): number {
  return box ? box.y + box.height / 2 : NaN;
}

it('reconciles, suspends with reason and end, and resumes, each to its real end', async () => {
  await bench.look(tabOf('shop'), async ({ page }) => {
    await allReady(page);
    const staging = lane(page, 'Staging');
    const head = await bench.flow.backing.branchCommit(
      'platform',
      'shop',
      'main',
    );

    await button(page, 'Reconcile now: Staging').click();
    await staging
      .getByText(`Reconciled: Ready at ${head?.slice(0, 7)}.`)
      .waitFor();

    await button(page, 'More actions for Staging').click();
    await page.getByRole('menuitem', { name: 'Suspend…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Suspend Staging' });
    const confirm = dialog.getByRole('button', {
      name: 'Suspend',
      exact: true,
    });
    await confirm.click();
    await dialog.getByText('Say why, so that others know.').waitFor();
    await dialog
      .getByRole('textbox', { name: /Reason/ })
      .fill('load test until the evening');
    await dialog.getByRole('button', { name: '1 hour' }).click();
    await takeSight(page, 'dialog-suspend');
    await confirm.click();
    await dialog.waitFor({ state: 'detached' });
    await inState(page, 'Staging', 'Suspended');
    await staging
      .getByText(
        /Suspended by guest\. Reason: load test until the evening\. Until .+, then the portal resumes it\./,
      )
      .waitFor();
    // The word beside a part's name is on its line, however long it is.
    const part = staging
      .getByText('Kustomization', { exact: true })
      .locator('..');
    const [name, word] = await Promise.all(
      ['Kustomization', 'Suspended'].map(text =>
        part.getByText(text, { exact: true }).boundingBox(),
      ),
    );
    expect(Math.abs(middle(name) - middle(word))).toBeLessThan(4);
    const isSuspended = () =>
      findKustomization(bench.flow, 'shop-staging')?.spec.suspend ?? false;
    expect(isSuspended()).toBe(true);
    await page.reload();
    await staging.getByText(/Suspended by guest\./).waitFor();
    await takeSight(page, 'tab-suspended');

    await button(page, 'Resume Staging').click();
    await staging.getByText('Resumed: Ready.').waitFor();
    await allReady(page);
    expect(isSuspended()).toBe(false);

    await page.getByRole('button', { name: /^Timeline/ }).click();
    const happened = page.getByRole('list', { name: /^What happened/ });
    await happened
      .getByText(/load test until the evening/)
      .first()
      .waitFor();
    await happened.scrollIntoViewIfNeeded();
    await takeSight(page, 'timeline');

    await button(page, 'Resources of Staging').click();
    const drawer = page.getByRole('dialog', { name: 'Resources of Staging' });
    await drawer.getByRole('list', { name: 'Objects' }).waitFor();
    await takeSight(page, 'drawer');
    await drawer.getByRole('tab', { name: 'Conditions' }).click();
    await drawer.getByRole('list', { name: /^Conditions/ }).waitFor();
    await takeSight(page, 'drawer-conditions');
  });
});

it('offers nothing to a user who may only read, and says why', async () => {
  await deny('gitops.project.update');
  await bench.look(tabOf('shop'), async ({ page }) => {
    await allReady(page);
    for (const stage of STAGES) {
      await lane(page, stage)
        .getByText('You do not have the right to reconcile this project.')
        .waitFor();
      for (const name of [
        `Reconcile now: ${stage}`,
        `More actions for ${stage}`,
      ]) {
        expect(await button(page, name).isDisabled()).toBe(true);
      }
    }
    await takeSight(page, 'tab-read-only');
  });
});

it('shows a project that may not be read as one that is not there', async () => {
  await deny('gitops.project.read');
  for (const path of ['/catalog/default/component/shop', tabOf('shop')]) {
    await bench.look(
      path,
      async ({ page }) => {
        await page
          .getByText('Not under GitOps, or not visible to you')
          .waitFor();
        expect(await page.getByText('Development').count()).toBe(0);
      },
      { refusals: /\/api\/gitops\/entities\// },
    );
  }
  await bench.look('/gitops', async ({ page }) => {
    await page.getByText('Nothing is under GitOps yet').waitFor();
    expect(await page.getByText('shop').count()).toBe(0);
  });
});

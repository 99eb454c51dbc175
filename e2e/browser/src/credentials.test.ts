import { PageBench } from './bench/PageBench';
import { tabOf } from './bench/lanes';
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

/** Makes a token of the user `developer`, as they would on the Git host's page. */
async function makeToken(): Promise<string> {
  const { git } = bench.flow.backing.sandbox;
  const response = await fetch(`${git.url}/api/v1/users/developer/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('developer:developer').toString(
        'base64',
      )}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      name: 'portal',
      scopes: ['write:repository', 'write:user', 'write:organization'],
    }),
  });
  const { sha1 } = (await response.json()) as { sha1: string };
  return sha1;
}

it('connects with a pasted token, after refusing a wrong one, and disconnects', async () => {
  const host = bench.flow.backing.repositoryHost;
  const token = await makeToken();
  await bench.look(
    '/gitops/connections',
    async ({ page }) => {
      const card = page.getByRole('region', { name: host });
      await card.getByText('You are not connected.').waitFor();
      await card
        .getByRole('button', { name: `Use a token of ${host}` })
        .click();
      const dialog = page.getByRole('dialog', {
        name: `Connect to ${host} with a token`,
      });
      const field = dialog.getByLabel(/^Token/).first();
      const connect = dialog.getByRole('button', {
        name: 'Connect',
        exact: true,
      });
      await connect.click();
      await dialog.getByText('Paste the token.').waitFor();
      await field.fill('of-nobody');
      await connect.click();
      const refusal = dialog.getByRole('alert');
      await refusal.getByText('The token was not accepted').waitFor();
      expect(await refusal.innerText()).not.toContain('of-nobody');
      await field.fill(token);
      await connect.click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText(`Connected to ${host} as developer.`).waitFor();
      await card.getByText('Active', { exact: true }).waitFor();
      await card
        .getByRole('button', { name: `Test the connection to ${host}` })
        .click();
      await card.getByText('The host accepts it.').waitFor();
      await takePicture(page, 'connections');
      expect(await page.content()).not.toContain(token);

      // Whoever is connected is offered that Flux reads with it.
      const form = await page.context().newPage();
      await form.goto(`${bench.url}${TEMPLATE_FORM}`);
      await fillService(form, 'till');
      await nextPage(form);
      await fillRepository(form, host);
      const use = form.getByRole('checkbox', {
        name: 'Let Flux read it with my connection',
      });
      // The square that is seen lies over the one that is asked for.
      await form.getByText('Let Flux read it with my connection').click();
      expect(await use.isChecked()).toBe(true);
      await form.getByText(/\bdeveloper\b/).waitFor();
      await takeSight(form, 'form-connected');
      await form.close();

      await card
        .getByRole('button', { name: `Disconnect from ${host}` })
        .click();
      await page
        .getByRole('alertdialog')
        .or(page.getByRole('dialog'))
        .getByRole('button', { name: 'Disconnect', exact: true })
        .click();
      await page.getByText(`Disconnected from ${host}.`).waitFor();
      await card.getByText('You are not connected.').waitFor();
    },
    // The refused token is an answer of its own.
    { refusals: /\/api\/gitops\/connections$/ },
  );
});

it('checks what Flux reads with, and says why it is not rotated', async () => {
  await bench.look(`${tabOf('shop')}?panel=credentials`, async ({ page }) => {
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText(/Checked: valid\./).waitFor();
    const table = page.getByRole('region', {
      name: 'Where it is synchronised',
    });
    const places = await table.getByRole('row').allInnerTexts();
    expect(places.slice(1).map((text: string) => text.split(/\s/)[0])).toEqual([
      'Flux',
      'Development',
      'Staging',
      'Production',
    ]);
    expect(await table.getByText('Current', { exact: true }).count()).toBe(4);
    const rotate = page.getByRole('button', { name: 'Rotate' });
    expect(await rotate.isDisabled()).toBe(true);
    await page.getByText(/The portal did not make it/).waitFor();
    // A link that leads here brings it on screen.
    const top = await table.evaluate(
      element => element.getBoundingClientRect().top / window.innerHeight,
    );
    expect(top).toBeLessThan(1);
    await takeSight(page, 'credentials');
  });
});

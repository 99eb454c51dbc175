import type { Page } from 'playwright-core';

/** Where the template's form is. */
export const TEMPLATE_FORM = '/create/templates/default/gitops-service';

/** Goes on to the form's next page. */
export async function nextPage(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Next' }).click();
}

/** Fills the first page of the template's form. */
export async function fillService(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel(/Owner/).first().click();
  await page.getByRole('option', { name: 'Guests' }).click();
}

/** Fills its second page: where the code lives. */
export async function fillRepository(page: Page, host: string): Promise<void> {
  await page.getByRole('button', { name: /Git host/ }).click();
  await page.getByRole('option', { name: host }).click();
  await page.getByRole('textbox', { name: /Owner/ }).fill('platform');
}

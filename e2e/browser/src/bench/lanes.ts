import type { Locator, Page } from 'playwright-core';

/** Names of the environments that a project has where nothing else is wished. */
export const STAGES = ['Development', 'Staging', 'Production'] as const;

/** Path of the GitOps tab of a component. */
export function tabOf(component: string): string {
  return `/catalog/default/component/${component}/gitops`;
}

/** The line of one environment on the tab. */
export function lane(page: Page, stage: string): Locator {
  return page
    .getByRole('list', { name: 'Environments' })
    .getByRole('listitem', { name: stage, exact: true });
}

/** Waits until every environment is Ready on the tab. */
export async function allReady(
  page: Page,
  options?: { timeout: number },
): Promise<void> {
  await page.getByText('All 3 environments are ready').waitFor(options);
}

/** Waits until an environment is in a state, by its word on the tab. */
export async function inState(
  page: Page,
  stage: string,
  state: string,
): Promise<void> {
  await lane(page, stage).getByText(state, { exact: true }).first().waitFor();
}

import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '@backstage-gitops/launcher/testbench';
import type { Page } from 'playwright-core';

/**
 * Takes a picture that the documentation shows, where pictures are wanted:
 * `GITOPS_PICTURES` names the folder, from the root of the repository.
 */
export async function takePicture(page: Page, name: string): Promise<void> {
  await shoot(page, name, process.env.GITOPS_PICTURES);
}

/** Takes a picture for eyes only, into the folder of `GITOPS_SIGHTS`. */
export async function takeSight(page: Page, name: string): Promise<void> {
  await shoot(page, name, process.env.GITOPS_SIGHTS);
}

async function shoot(
  page: Page,
  name: string,
  folder: string | undefined,
): Promise<void> {
  if (!folder) {
    return;
  }
  const path = join(resolveFromRoot(folder), `${name}.png`);
  await mkdir(dirname(path), { recursive: true });
  // What was pointed at last is not drawn as pointed at.
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: 'disabled' });
}

function resolveFromRoot(folder: string): string {
  return folder.startsWith('/') ? folder : join(repositoryRoot, folder);
}

/** Keeps a picture of a page on which a test failed, and tells where it is. */
export async function keepFailure(
  page: Page,
  problems: string[],
  error: unknown,
): Promise<Error> {
  const test = (expect.getState().currentTestName ?? 'test').replaceAll(
    /[^a-z0-9]+/gi,
    '-',
  );
  const path = join(tmpdir(), 'gitops-browser-failures', `${test}.png`);
  await mkdir(dirname(path), { recursive: true });
  const kept = await page.screenshot({ path, animations: 'disabled' }).then(
    () => path,
    (reason: unknown) => `none: ${reason}`,
  );
  const told = [
    error instanceof Error ? error.message : String(error),
    `page: ${page.url()}`,
    `picture: ${kept}`,
    `problems: ${problems.length === 0 ? 'none' : problems.join('\n  ')}`,
  ].join('\n');
  // Runners print the stack, which has a copy of the message in it.
  const failure = new Error(told);
  if (error instanceof Error) {
    failure.stack = error.stack?.replace(error.message, told);
  }
  return failure;
}

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlowBench } from '@backstage-gitops/launcher/testbench';
import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** How a page is looked at. */
export interface PageOptions {
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  locale?: string;
}

/** A page, and what its browser complained of. */
export interface OpenPage {
  page: Page;
  /** Errors of scripts and of the console, in order. */
  problems: string[];
}

/** A portal with a sandbox behind it, and a browser before it. */
export class PageBench {
  private constructor(
    readonly flow: FlowBench,
    private readonly browser: Browser,
  ) {}

  /** @param environment - of the portal */
  static async start(
    environment: Record<string, string> = {},
  ): Promise<PageBench> {
    const flow = await FlowBench.start(environment);
    try {
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        // The sandbox of the browser needs rights that a container may lack.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      });
      return new PageBench(flow, browser);
    } catch (error) {
      await flow.stop();
      throw error;
    }
  }

  get url(): string {
    return this.flow.portal.url;
  }

  /** Opens a path of the portal, signed in as guest, in a profile of its own. */
  async open(path: string, options: PageOptions = {}): Promise<OpenPage> {
    const context = await this.browser.newContext({
      colorScheme: options.theme ?? 'light',
      viewport: { width: options.width ?? 1360, height: options.height ?? 900 },
      locale: options.locale ?? 'en-GB',
      timezoneId: 'UTC',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const problems: string[] = [];
    page.on('pageerror', error => problems.push(String(error)));
    page.on('console', message => {
      if (message.type() === 'error') {
        problems.push(message.text());
      }
    });
    await page.goto(`${this.url}${path}`);
    const enter = page.getByRole('button', { name: 'Enter' });
    await enter.waitFor();
    await enter.click();
    await enter.waitFor({ state: 'detached' });
    return { page, problems };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.flow.stop();
  }
}

/** Takes a picture where pictures are wanted: `GITOPS_PICTURES` names the folder. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.GITOPS_PICTURES;
  if (!folder) {
    return;
  }
  const path = `${folder}/${name}.png`;
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled' });
}

import { FlowBench, serviceValues } from '@backstage-gitops/launcher/testbench';
import { chromium, type Browser, type Page } from 'playwright-core';
import { isKnownNoise } from './knownNoise';
import { keepFailure } from './pictures';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** How a page is looked at. */
export interface PageOptions {
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Of the portal's texts; that of the browser is the same. */
  language?: 'en' | 'de';
  /** Runs in the page before its own scripts do. */
  before?: () => void;
  /** Addresses that are to answer with an error here; browsers complain of it. */
  refusals?: RegExp;
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

  /** Takes what {@link FlowBench.start} takes. */
  static async start(
    ...args: Parameters<typeof FlowBench.start>
  ): Promise<PageBench> {
    const flow = await FlowBench.start(...args);
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

  /**
   * Opens a path of the portal, signed in as guest in a profile of its own, and
   * lets a test look at it. Fails also when the browser complained of anything;
   * what was on screen at a failure is kept as a picture.
   */
  async look(
    path: string,
    test: (open: OpenPage) => Promise<void>,
    options: PageOptions = {},
  ): Promise<void> {
    const { theme = 'light', language = 'en', before } = options;
    const context = await this.browser.newContext({
      colorScheme: theme,
      viewport: { width: options.width ?? 1360, height: options.height ?? 900 },
      locale: language === 'en' ? 'en-GB' : 'de-DE',
      timezoneId: 'UTC',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    try {
      await context.addInitScript(chosen => {
        localStorage.setItem('language', chosen);
      }, language);
      if (before) {
        await context.addInitScript(before);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const problems = watchProblems(page, options.refusals);
      try {
        await page.goto(`${this.url}${path}`);
        const enter = page.getByRole('button', { name: 'Enter' });
        await enter.click();
        await enter.waitFor({ state: 'detached' });
        await test({ page, problems });
        if (problems.length > 0) {
          throw new Error('the browser complained');
        }
      } catch (error) {
        throw await keepFailure(page, problems, error);
      }
    } finally {
      await context.close();
    }
  }

  /** Makes a project from the template as the form would; its environments are Ready then. */
  async createProject(slug: string): Promise<void> {
    const { client, backing } = this.flow;
    const task = await client.waitForTask(
      await client.createTask('gitops-service', serviceValues(backing, slug)),
      { limitMs: 120_000 },
    );
    if (task.status !== 'completed') {
      throw new Error(
        `task of '${slug}' ${task.status}: ${task.error}\n${task.messages.join(
          '\n',
        )}`,
      );
    }
    await client.waitForEntity('component', slug);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.flow.stop();
  }
}

const REFUSAL = /^Failed to load resource: .* status of 4\d\d /;

function watchProblems(page: Page, refusals?: RegExp): string[] {
  const problems: string[] = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => {
    const text = message.text();
    const { url } = message.location();
    if (
      message.type() === 'error' &&
      !isKnownNoise(text) &&
      !(REFUSAL.test(text) && refusals?.test(url))
    ) {
      problems.push(url ? `${text} (${url})` : text);
    }
  });
  return problems;
}

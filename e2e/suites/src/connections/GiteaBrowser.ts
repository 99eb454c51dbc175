/** A browser without windows: cookies, forms, and redirects that one can look at. */
export class GiteaBrowser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  private constructor(url: string) {
    this.#url = url;
  }

  static async signIn(
    url: string,
    user: { username: string; password: string },
  ): Promise<GiteaBrowser> {
    const browser = new GiteaBrowser(url);
    await browser.#send('/user/login');
    const answer = await browser.#send('/user/login', {
      user_name: user.username,
      password: user.password,
    });
    if (answer.status !== 303) {
      throw new Error(
        `Gitea did not sign ${user.username} in: ${answer.status}`,
      );
    }
    return browser;
  }

  /**
   * Opens the page that asks for consent and presses a button on it.
   *
   * @returns what Gitea sends back to the application
   */
  async consent(
    authorizationUrl: string,
    granted = true,
  ): Promise<Record<string, string>> {
    let answer = await this.#send(authorizationUrl);
    if (answer.status === 200) {
      const fields = hiddenFields(await answer.text());
      answer = await this.#send('/login/oauth/grant', {
        ...fields,
        granted: String(granted),
      });
    }
    const location = answer.headers.get('location');
    if (!location) {
      throw new Error(`Gitea did not send the browser back: ${answer.status}`);
    }
    return Object.fromEntries(new URL(location).searchParams);
  }

  /** Takes the consent back from every application. */
  async revokeGrants(): Promise<number> {
    const page = await this.#send('/user/settings/applications');
    const paths = new Set(
      (await page.text()).match(
        /\/user\/settings\/applications\/oauth2\/\d+\/revoke\/\d+/g,
      ),
    );
    for (const path of paths) {
      const answer = await this.#send(path, {});
      if (!answer.ok) {
        throw new Error(`Gitea did not revoke the grant: ${answer.status}`);
      }
    }
    return paths.size;
  }

  async #send(path: string, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: {
        cookie: [...this.#cookies]
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }
}

function hiddenFields(page: string): Record<string, string> {
  const form = /<form[^>]*\/login\/oauth\/grant"[\s\S]*?<\/form>/.exec(page);
  const inputs = form?.[0].matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)">/g,
  );
  return Object.fromEntries(
    [...(inputs ?? [])].map(([, name, value]) => [name, unescapeHtml(value)]),
  );
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#43;', '+')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

const CHANNEL = 'gitops';

/** What one viewer has seen, and when. */
export type OnSeen = (slug: string, text: string, at: number) => void;

/**
 * An open page without a browser: listens for signals and reads its entity again
 * when one announces a newer version, one read at a time.
 */
export class Viewer {
  reads = 0;
  failures = 0;
  signals = 0;
  readonly latencies: number[] = [];
  #socket: WebSocket | undefined;
  #reading = false;
  #again = false;
  #version = 0;
  #projectId = '';

  private constructor(
    private readonly options: {
      url: string;
      token: string;
      slug: string;
      onSeen: OnSeen;
    },
  ) {}

  static async open(options: {
    url: string;
    token: string;
    slug: string;
    onSeen: OnSeen;
  }): Promise<Viewer> {
    const viewer = new Viewer(options);
    await viewer.#read();
    const socket = new WebSocket(
      `${options.url.replace('http', 'ws')}/api/signals`,
      options.token,
    );
    viewer.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener(
        'error',
        () => reject(new Error('the portal took no WebSocket for signals')),
        { once: true },
      );
    });
    socket.addEventListener('message', ({ data }) =>
      viewer.#hear(String(data)),
    );
    socket.send(JSON.stringify({ action: 'subscribe', channel: CHANNEL }));
    return viewer;
  }

  close(): void {
    this.#socket?.close();
  }

  #hear(data: string): void {
    this.signals += 1;
    // Most are about somebody else's project: parsing them all would measure this
    // process, not the portal.
    if (!data.includes(this.#projectId)) {
      return;
    }
    this.#readLater();
  }

  /** As a page does: a read that failed is repeated, and it is counted here. */
  #readLater(): void {
    this.#read().catch(() => {
      this.failures += 1;
      if (this.#socket?.readyState === WebSocket.OPEN) {
        setTimeout(() => this.#readLater(), 1000);
      }
    });
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      const { url, token, slug, onSeen } = this.options;
      const started = performance.now();
      const response = await fetch(
        `${url}/api/gitops/entities/component/default/${slug}`,
        { headers: { authorization: `Bearer ${token}` } },
      );
      const text = await response.text();
      const at = performance.now();
      if (!response.ok) {
        throw new Error(`${slug}: ${response.status} ${text}`);
      }
      this.reads += 1;
      this.latencies.push(at - started);
      const { id, version } = JSON.parse(text) as {
        id: string;
        version: number;
      };
      this.#projectId = id;
      if (version > this.#version) {
        this.#version = version;
        onSeen(slug, text, at);
      }
    } finally {
      this.#reading = false;
      if (this.#again) {
        this.#again = false;
        this.#readLater();
      }
    }
  }
}

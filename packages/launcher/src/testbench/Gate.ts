import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that came by. */
export interface Passage {
  method: string;
  /** Path and query. */
  url: string;
}

/**
 * Stands before a server on loopback: writes down who comes by, keeps some
 * waiting for ever, and can look like a machine that is switched off.
 */
export class Gate {
  readonly passages: Passage[] = [];
  /** Requests that it is true for are neither passed on nor answered. */
  holds: (passage: Passage) => boolean = () => false;
  /** Answers in the place of the server behind it, where it returns something. */
  answers: (
    passage: Passage & { authorization?: string },
  ) => { status: number; type?: string; body: string } | undefined = () =>
    undefined;
  /** Cuts every connection instead of answering. */
  closed = false;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string, private readonly renames: boolean) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) =>
      this.#receive(incoming, outgoing),
    );
    // A watch is open for as long as it likes.
    this.#server.requestTimeout = 0;
  }

  /**
   * @param options - `renames`: the server's answers name the gate as its address,
   * as those of a server that knows what it is called from outside
   */
  static async before(
    target: string,
    options: { renames?: boolean } = {},
  ): Promise<Gate> {
    const gate = new Gate(target, options.renames ?? false);
    await new Promise<void>((resolve, reject) => {
      gate.#server.once('error', reject);
      gate.#server.listen(0, '127.0.0.1', resolve);
    });
    return gate;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Cuts what is open, and everything that comes, until it is opened again. */
  close(): void {
    this.closed = true;
    this.#server.closeAllConnections();
  }

  open(): void {
    this.closed = false;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #receive(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.closed) {
      incoming.socket.destroy();
      return;
    }
    const passage = { method: incoming.method ?? '', url: incoming.url ?? '' };
    this.passages.push(passage);
    if (this.holds(passage)) {
      return;
    }
    const answer = this.answers({
      ...passage,
      authorization: incoming.headers.authorization,
    });
    if (answer) {
      incoming.resume();
      outgoing
        .writeHead(answer.status, {
          'content-type': answer.type ?? 'application/json',
        })
        .end(answer.body);
      return;
    }
    const onwards = request(
      {
        hostname: this.#target.hostname,
        port: this.#target.port,
        method: passage.method,
        path: passage.url,
        headers: { ...incoming.headers, host: this.#target.host },
      },
      response => {
        if (
          this.renames &&
          /json/.test(response.headers['content-type'] ?? '')
        ) {
          this.#rename(response, outgoing);
          return;
        }
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        outgoing.flushHeaders();
        response.pipe(outgoing);
      },
    );
    onwards.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onwards.destroy());
    incoming.pipe(onwards);
  }

  #rename(response: IncomingMessage, outgoing: ServerResponse): void {
    const chunks: Buffer[] = [];
    response.on('data', chunk => chunks.push(chunk));
    response.on('end', () => {
      const body = Buffer.concat(chunks)
        .toString('utf8')
        .replaceAll(this.#target.host, this.host);
      const { 'transfer-encoding': _, ...headers } = response.headers;
      outgoing
        .writeHead(response.statusCode ?? 502, {
          ...headers,
          'content-length': Buffer.byteLength(body),
        })
        .end(body);
    });
  }
}

import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands before a Git host on loopback and can make it slow, silent or
 * forbidding. It also serves as a plain HTTP proxy, so that a source can name a
 * host that is not this machine.
 */
export class GitProxy {
  readonly #server: Server;
  readonly #credentials: string[] = [];
  #held: (() => void)[] | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param answer - status to answer everything with; passes on when absent */
  static async start(target: string, answer?: number): Promise<GitProxy> {
    const server = createServer();
    const proxy = new GitProxy(server);
    server.on('request', (incoming, outgoing) => {
      const { authorization } = incoming.headers;
      if (authorization) {
        proxy.#credentials.push(authorization);
      }
      if (answer) {
        outgoing.writeHead(answer).end();
        return;
      }
      const forward = () => {
        // A proxy is asked for whole URLs, a server for paths.
        const { pathname, search } = new URL(incoming.url ?? '/', target);
        const onwards = request(
          `${target}${pathname}${search}`,
          {
            method: incoming.method,
            headers: { ...incoming.headers, host: new URL(target).host },
          },
          response => {
            outgoing.writeHead(response.statusCode ?? 502, response.headers);
            response.pipe(outgoing);
          },
        );
        onwards.on('error', () => outgoing.destroy());
        incoming.pipe(onwards);
      };
      if (proxy.#held) {
        proxy.#held.push(forward);
      } else {
        forward();
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** `Authorization` headers that came by, as anybody on the way could read them. */
  get credentials(): readonly string[] {
    return this.#credentials;
  }

  /** Lets nothing through any more, and answers nothing either. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets through what was held, and all that follows. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    held.forEach(forward => forward());
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

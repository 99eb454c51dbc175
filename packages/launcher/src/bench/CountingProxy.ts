import { createServer, request, type Server } from 'node:http';

/** Passes requests on to an API server over plain HTTP and counts them. */
export class CountingProxy {
  requests = 0;
  readonly #server: Server;

  private constructor(readonly url: string, server: Server) {
    this.#server = server;
  }

  static async start(target: string): Promise<CountingProxy> {
    let count = () => {};
    const server = createServer((incoming, outgoing) => {
      count();
      const onward = request(
        new URL(incoming.url ?? '/', target),
        { method: incoming.method, headers: incoming.headers },
        answer => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(address && typeof address === 'object' ? address.port : 0);
      });
    });
    const proxy = new CountingProxy(`http://127.0.0.1:${port}`, server);
    count = () => {
      proxy.requests += 1;
    };
    return proxy;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

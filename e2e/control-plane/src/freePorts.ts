import { createServer, type Server } from 'node:net';

/** Takes free ports from the operating system, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const server = createServer();
      servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
    }
    return servers.map(server => {
      const address = server.address();
      if (!address || typeof address === 'string') {
        throw new Error('the operating system gave no free port');
      }
      return address.port;
    });
  } finally {
    for (const server of servers) {
      server.close();
    }
  }
}

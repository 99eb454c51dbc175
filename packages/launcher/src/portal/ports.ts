import { createServer } from 'node:net';
import { freePorts } from '@backstage-gitops/control-plane';

/** Takes a port that nobody listens on, from the operating system. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port;
}

/** Fails with a hint when a wanted port is taken. */
export async function assertPortFree(
  port: number,
  flag: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is in use: stop what listens there, or choose another with ${flag}`,
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

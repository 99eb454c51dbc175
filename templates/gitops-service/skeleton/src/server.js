import { createServer } from 'node:http';

/**
 * The service: says who it is, and answers the probes of Kubernetes.
 *
 * @param {{ name: string, environment: string }} identity
 */
export function createService({ name, environment }) {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    switch (pathname) {
      case '/':
        return answer(response, 200, { name, environment });
      case '/healthz':
      case '/readyz':
        return answer(response, 200, { status: 'OK' });
      default:
        return answer(response, 404, { error: `There is no ${pathname}` });
    }
  });
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

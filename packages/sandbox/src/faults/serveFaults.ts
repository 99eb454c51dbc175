import { IncomingMessage, ServerResponse } from 'node:http';
import { Faults } from './Faults';
import { parseFault } from './faultRequest';

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Uint8Array);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/**
 * Switches faults over HTTP: `POST /sandbox/faults` adds one and answers `{id}`, `GET` lists them, `DELETE /sandbox/faults/<id>`
 * takes one away, `DELETE /sandbox/faults` all. The caller has decided by then that the request may do this.
 */
export async function serveFaults(
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
): Promise<void> {
  const [, id] = /^\/sandbox\/faults(?:\/([^/]+))?\/?$/.exec(pathname) ?? [];
  const known = /^\/sandbox\/faults(?:\/|$)/.test(pathname);
  if (known && request.method === 'POST' && !id) {
    let fault;
    try {
      fault = parseFault(await readJson(request));
    } catch (error) {
      answer(response, 400, {
        error: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    answer(response, 201, faults.register(fault));
  } else if (known && request.method === 'GET' && !id) {
    answer(
      response,
      200,
      faults.list().map(entry => ({
        id: entry.id,
        effect: entry.fault.effect,
        ...(Number.isFinite(entry.remaining)
          ? { remaining: entry.remaining }
          : {}),
      })),
    );
  } else if (known && request.method === 'DELETE') {
    if (id) {
      answer(response, faults.remove(id) ? 200 : 404, {});
    } else {
      faults.clear();
      answer(response, 200, {});
    }
  } else {
    answer(response, 404, { error: `nothing at ${pathname}` });
  }
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

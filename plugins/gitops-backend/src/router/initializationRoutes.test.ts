import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mockErrorHandler, mockServices } from '@backstage/backend-test-utils';
import type {
  InitializationMessage,
  InitializationResult,
} from '@backstage-gitops/plugin-gitops-common';
import express from 'express';
import PromiseRouter from 'express-promise-router';
import { addInitializationRoutes } from './initializationRoutes';
import type { RouterOptions } from './RouterOptions';

/** A run that goes on until it is told to end. */
class Run {
  readonly started = deferred<(message: InitializationMessage) => void>();
  readonly end = deferred<InitializationResult>();
  ended = false;
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

const RESULT: InitializationResult = {
  slug: 'shop',
  status: 'active',
  progress: 100,
  steps: [],
  environments: [],
};

let run: Run;
let server: Server;
let url: string;

beforeEach(async () => {
  run = new Run();
  const project = { id: 'p', slug: 'shop', status: 'initializing' };
  const options = {
    auditor: mockServices.auditor.mock(),
    httpAuth: mockServices.httpAuth(),
    logger: mockServices.logger.mock(),
    projects: { getBySlug: async () => project },
    access: { admit: async () => ({ project }) },
    heartbeatMs: 20,
    engine: {
      async run(_: string, { onMessage }) {
        run.started.resolve(onMessage!);
        const result = await run.end.promise;
        run.ended = true;
        return result;
      },
      result: async () => RESULT,
    } satisfies RouterOptions['engine'],
  };
  options.auditor.createEvent.mockResolvedValue({
    success: async () => {},
    fail: async () => {},
  });
  const router = PromiseRouter();
  addInitializationRoutes(router, options as unknown as RouterOptions);
  server = createServer(express().use(router).use(mockErrorHandler()));
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/projects/shop/initialize`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise(done => server.close(done));
});

async function* lines(response: Response) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const complete = text.split('\n');
    text = complete.pop()!;
    for (const line of complete) {
      yield JSON.parse(line) as InitializationMessage;
    }
  }
}

it('hands every message on at once, and a sign of life when there is none', async () => {
  const response = await fetch(url, { method: 'POST' });
  expect(response.status).toBe(200);
  const messages = lines(response);
  const send = await run.started.promise;
  send({ type: 'log', level: 'info', message: 'first' });
  const seen: InitializationMessage[] = [];
  while (seen.filter(({ type }) => type === 'heartbeat').length < 2) {
    seen.push((await messages.next()).value!);
  }
  expect(seen).toContainEqual({ type: 'log', level: 'info', message: 'first' });

  run.end.resolve(RESULT);
  let last: InitializationMessage | undefined;
  for await (const message of messages) {
    last = message;
  }
  expect(last).toEqual({ type: 'result', result: RESULT });
});

it('lets the run go on when its caller goes away', async () => {
  const caller = new AbortController();
  const gone = new Promise(done =>
    server.once('request', (_, response) => response.once('close', done)),
  );
  const response = await fetch(url, { method: 'POST', signal: caller.signal });
  expect(response.status).toBe(200);
  const send = await run.started.promise;
  caller.abort();
  await gone;
  send({ type: 'log', level: 'info', message: 'nobody listens' });
  run.end.resolve(RESULT);
  await run.end.promise;
  await new Promise(setImmediate);
  expect(run.ended).toBe(true);
});

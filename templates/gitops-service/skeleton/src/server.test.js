import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { createService } from './server.js';

const service = createService({ name: 'service', environment: 'test' });
let url;

before(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  url = `http://127.0.0.1:${service.address().port}`;
});

after(() => service.close());

test('says who it is', async () => {
  const response = await fetch(url);
  assert.deepEqual(await response.json(), {
    name: 'service',
    environment: 'test',
  });
});

test('answers the probes', async () => {
  for (const path of ['/healthz', '/readyz']) {
    assert.equal((await fetch(`${url}${path}`)).status, 200);
  }
});

test('knows what it does not have', async () => {
  assert.equal((await fetch(`${url}/else`)).status, 404);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceValues } from '../demo/runMainJob';
import { PortalClient } from '../portal/PortalClient';
import { eventually } from '../testbench/eventually';
import { FlowBench } from '../testbench/FlowBench';
import { repositoryNames } from '../testbench/sandboxObjects';

jest.setTimeout(180_000);

let folder: string;
let bench: FlowBench;

const deny = (...permissions: string[]) =>
  writeFile(join(folder, 'denied'), permissions.join('\n'));

async function runTemplate(slug: string) {
  const id = await bench.client.createTask(
    'gitops-service',
    serviceValues(bench.backing, slug),
  );
  return bench.client.waitForTask(id, { limitMs: 60_000 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gitops-denied-'));
  await deny();
  bench = await FlowBench.start({
    NODE_OPTIONS: `--require ${join(__dirname, '../testbench/denyByFile.cjs')}`,
    FLOW_DENIED_FILE: join(folder, 'denied'),
  });
  await runTemplate('shop');
});

afterAll(async () => {
  await bench?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a user without rights', () => {
  it('cannot create a project, and nothing of it is made', async () => {
    await deny('gitops.project.create');
    expect(await runTemplate('cart')).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(
        "You need the permission 'gitops.project.create' for this: ask the owners of the portal for it",
      ),
    });
    expect(bench.rows.project('cart')).toBeUndefined();
    expect(await repositoryNames(bench.backing.sandbox)).toEqual(['shop']);
  });

  it('sees, but does not change, what is not hers', async () => {
    await deny('gitops.project.update');
    // What a page may show is decided anew after five seconds; what may be done, at
    // once.
    await eventually(async () => {
      const { document } = await bench.client.entityDocument('shop');
      expect(document.allowed.update).toBe(false);
    });
    const before = bench.gates.cluster.passages.filter(
      ({ method }) => method !== 'GET',
    ).length;
    await expect(bench.client.reconcile('shop', 'development')).rejects.toThrow(
      / 403 /,
    );
    await expect(bench.client.initialize('shop')).rejects.toThrow(/ 403 /);
    expect(
      bench.gates.cluster.passages.filter(({ method }) => method !== 'GET'),
    ).toHaveLength(before);
  });

  it('cannot tell a hidden project from none', async () => {
    await deny('gitops.project.read', 'gitops.cluster.read');
    const read = async (slug: string) => {
      const answer = await bench.client
        .text('GET', `/gitops/entities/component/default/${slug}`)
        .catch((error: Error) => error.message);
      return answer.replaceAll(slug, 'X');
    };
    const hidden = await eventually(async () => {
      const answer = await read('shop');
      expect(answer).toMatch(/ 404 /);
      return answer;
    });
    expect(await read('none')).toBe(hidden);
    expect(
      JSON.parse(await bench.client.text('GET', '/gitops/projects')),
    ).toEqual({ items: [], total: 0, states: {} });
  });

  it('is not anybody who comes without a token of the portal', async () => {
    await deny();
    const stranger = PortalClient.withToken(bench.portal.url, 'made-up');
    await expect(stranger.text('GET', '/gitops/projects')).rejects.toThrow(
      / 401 /,
    );
  });
});

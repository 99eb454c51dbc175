import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fluxContract } from './flux/contract/fluxContract';
import { Sandbox, startSandbox } from './startSandbox';

const outsider = { username: 'outsider', password: 'outsider' };

describe('a sandbox', () => {
  let dataDir: string;
  let sandbox: Sandbox;
  const errors: string[] = [];

  const start = (ports: { git?: number; cluster?: number } = {}) =>
    startSandbox({
      dataDir,
      gitPort: ports.git,
      clusters: [{ name: 'one', port: ports.cluster }],
      users: [outsider],
      logger: { error: message => errors.push(message) },
    });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sandbox-'));
    sandbox = await start();
  });

  afterAll(async () => {
    await sandbox.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const subject = () => {
    const [cluster] = sandbox.clusters;
    return {
      cluster: { url: cluster.url, token: cluster.token },
      gitHost: { ...sandbox.git, outsider, organization: 'platform' },
    };
  };

  describe('behaves like Flux', () => {
    fluxContract(subject);
  });

  it('is the same after a restart', async () => {
    const [before] = sandbox.clusters;
    const { git } = sandbox;
    const namespaces = () => {
      const { store } = sandbox.clusters[0];
      const kind = store.resolve('v1', 'Namespace');
      return kind ? store.list(kind).map(({ metadata }) => metadata.uid) : [];
    };
    const uids = namespaces();
    await sandbox.stop();
    sandbox = await start({
      git: Number(new URL(git.url).port),
      cluster: Number(new URL(before.url).port),
    });
    const [after] = sandbox.clusters;
    expect([after.url, after.token]).toEqual([before.url, before.token]);
    expect(sandbox.git).toEqual(git);
    expect(namespaces()).toEqual(uids);
  });

  it('leaves nothing running when a port is taken', async () => {
    const other = await mkdtemp(join(tmpdir(), 'sandbox-other-'));
    await expect(
      startSandbox({
        dataDir: other,
        clusters: [{ name: 'a', port: Number(new URL(sandbox.git.url).port) }],
      }),
    ).rejects.toThrow(/EADDRINUSE/);
    await rm(other, { recursive: true, force: true });
  });

  it('had no mistakes of its own', () => {
    expect(errors).toEqual([]);
  });
});

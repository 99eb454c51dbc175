import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { gitHostContract } from './contract/gitHostContract';
import { basic, callGitHost } from './contract/GitHostClient';
import { GitHostUser } from './accounts';
import { RunningGitHost, startGitHost } from './startGitHost';

const outsider = { username: 'outsider', password: 'outsider' };
const writer = { username: 'writer', password: 'writer' };
const users: GitHostUser[] = [outsider, writer];
const organizations = [
  { name: 'platform', owners: ['sandbox-admin'], members: ['writer'] },
];

describe("the sandbox's Git host", () => {
  let dataDir: string;
  let host: RunningGitHost;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sandbox-git-'));
    host = await startGitHost({ dataDir, users, organizations });
  });

  afterAll(async () => {
    await host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const subject = () => ({ ...host, outsider, organization: 'platform' });
  const call = (
    method: string,
    path: string,
    body?: unknown,
    authorization = `token ${host.admin.token}`,
  ) => callGitHost(subject(), method, path, { body, authorization });

  describe('holds the contract', () => {
    gitHostContract(subject);
  });

  it('knows members of an organization by what they may do', async () => {
    const as = basic(writer);
    const created = await call(
      'POST',
      '/api/v1/orgs/platform/repos',
      { name: 'of-writer', private: true, auto_init: true },
      as,
    );
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      empty: false,
      permissions: { admin: false, push: true, pull: true },
    });
    const path = '/api/v1/repos/platform/of-writer';
    expect((await call('DELETE', path, undefined, as)).status).toBe(403);
    const grant = (permission: string) =>
      call('PUT', `${path}/collaborators/outsider`, { permission });
    expect((await grant('read')).status).toBe(204);
    expect((await call('GET', path, undefined, basic(outsider))).body).toEqual(
      expect.objectContaining({
        permissions: { admin: false, push: false, pull: true },
      }),
    );
  });

  it('shows pages for people that say they belong to a sandbox', async () => {
    const file = await call('POST', '/api/v1/orgs/platform/repos', {
      name: 'shown',
      private: true,
    }).then(() =>
      call('POST', '/api/v1/repos/platform/shown/contents/src/a.html', {
        content: Buffer.from('<script>alert(1)</script>').toString('base64'),
        message: 'Add <b>',
      }),
    );
    const { sha } = file.body.commit;
    for (const path of [
      '/',
      '/platform',
      '/platform/shown',
      `/platform/shown/commit/${sha}`,
      '/platform/shown/src/branch/main/src',
      `/platform/shown/src/commit/${sha}/src/a.html`,
    ]) {
      const { status, bytes } = await call('GET', path);
      const text = bytes.toString();
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain('Sandbox.');
      expect(text).not.toContain('<script>');
      expect(text).not.toContain('Add <b>');
    }
    expect((await call('GET', '/platform/nothing')).status).toBe(404);
  });

  it('understands compressed requests and answers what comes without a length', async () => {
    await call('POST', '/api/v1/orgs/platform/repos', {
      name: 'compressed',
      auto_init: true,
    });
    const [branch] = (
      await call('GET', '/api/v1/repos/platform/compressed/branches')
    ).body;
    const line = (text: string) =>
      (text.length + 4).toString(16).padStart(4, '0') + text;
    const request = gzipSync(
      `${line(`want ${branch.commit.id} ofs-delta\n`)}0000${line('done\n')}`,
    );
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(request.subarray(0, 10));
        controller.enqueue(request.subarray(10));
        controller.close();
      },
    });
    const response = await fetch(
      `${host.url}/platform/compressed.git/git-upload-pack`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/x-git-upload-pack-request',
          'content-encoding': 'gzip',
        },
        body,
        duplex: 'half',
      } as RequestInit,
    );
    expect(response.status).toBe(200);
    const answer = Buffer.from(await response.arrayBuffer());
    expect(answer.toString('latin1')).toMatch(/^0008NAK\nPACK/);
  });

  it('remembers everything across a restart', async () => {
    await call('POST', '/api/v1/user/repos', {
      name: 'kept',
      private: true,
      auto_init: true,
    });
    const path = '/api/v1/repos/sandbox-admin/kept';
    const before = (await call('GET', path)).body;
    const token = (
      await call(
        'POST',
        '/api/v1/users/outsider/tokens',
        { name: 'kept', scopes: ['read:user'] },
        basic(outsider),
      )
    ).body.sha1;
    const { admin, url } = host;
    await host.stop();
    host = await startGitHost({
      dataDir,
      users,
      organizations,
      port: Number(new URL(url).port),
    });
    expect(host.admin).toEqual(admin);
    expect((await call('GET', path)).body).toEqual(before);
    expect(
      (await call('GET', '/api/v1/user', undefined, `token ${token}`)).body
        .login,
    ).toBe('outsider');
  });
});

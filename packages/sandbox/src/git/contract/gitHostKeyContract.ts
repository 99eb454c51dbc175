import { generateKeyPairSync } from 'node:crypto';
import { basic } from './GitHostClient';
import type { GitHostTools } from './GitHostTools';

/** An Ed25519 public key as in an `authorized_keys` file (RFC 8709). */
function newPublicKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

/** What credentials may do, and keys of a repository. */
export function gitHostKeyContract(tools: GitHostTools): void {
  const { call, create, run } = tools;

  describe('deploy keys', () => {
    it('are made once, shown with their fingerprint, and removed', async () => {
      const { path } = await create('keys');
      const keys = `${path}/keys`;
      expect((await call('GET', keys)).body ?? []).toEqual([]);
      const key = newPublicKey();
      const made = await call('POST', keys, {
        body: { title: 'gitops', key: `${key} a comment`, read_only: true },
      });
      expect([made.status, made.body]).toEqual([
        201,
        expect.objectContaining({
          id: expect.any(Number),
          title: 'gitops',
          key: expect.stringContaining(key),
          fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
          read_only: true,
        }),
      ]);
      for (const body of [
        { title: 'another', key, read_only: true },
        { title: 'gitops', key: newPublicKey(), read_only: true },
        { title: 'bad', key: 'ssh-ed25519 AAAA', read_only: true },
        { title: 'bad', key: 'no key', read_only: true },
      ]) {
        const refused = await call('POST', keys, { body });
        expect([refused.status, refused.body.message]).toEqual([
          422,
          expect.any(String),
        ]);
      }
      expect((await call('GET', keys)).body).toMatchObject([
        { id: made.body.id, title: 'gitops' },
      ]);
      for (let removal = 0; removal < 2; removal++) {
        expect((await call('DELETE', `${keys}/${made.body.id}`)).status).toBe(
          204,
        );
      }
      expect((await call('GET', keys)).body ?? []).toEqual([]);
    });

    it('are for those who administrate the repository', async () => {
      const { path } = await create('keys-of-others', { private: false });
      const as = basic(tools.subject().outsider);
      const body = { title: 'x', key: newPublicKey(), read_only: true };
      expect((await call('POST', `${path}/keys`, { body, as })).status).toBe(
        403,
      );
      expect((await call('GET', `${path}/keys`, { as })).status).toBe(403);
    });
  });

  describe('the scopes of a token', () => {
    it('are told by a refusal, and by nothing else', async () => {
      const { outsider } = tools.subject();
      const tokens = `/users/${outsider.username}/tokens`;
      const token = async (name: string, scopes: string[]) => {
        const { body } = await call('POST', tokens, {
          body: { name: `${name}-${run}`, scopes },
          as: basic(outsider),
        });
        return `token ${body.sha1}`;
      };
      const reader = await token('scopes-read', ['read:repository']);
      const told = await call('GET', '/admin/orgs?limit=1', { as: reader });
      expect([told.status, told.body.message]).toEqual([
        403,
        expect.stringMatching(
          /required=\[read:admin\], token scope=read:repository$/,
        ),
      ]);
      expect((await call('GET', '/user', { as: reader })).status).toBe(403);
      // Without a name nothing is made: 422 tells that the scopes are enough.
      expect(
        (await call('POST', '/user/repos', { body: {}, as: reader })).status,
      ).toBe(403);
      const writer = await token('scopes-write', [
        'write:repository',
        'write:user',
      ]);
      expect(
        (await call('POST', '/user/repos', { body: {}, as: writer })).status,
      ).toBe(422);
      for (const name of ['scopes-read', 'scopes-write']) {
        await call('DELETE', `${tokens}/${name}-${run}`, {
          as: basic(outsider),
        });
      }
    });
  });
}

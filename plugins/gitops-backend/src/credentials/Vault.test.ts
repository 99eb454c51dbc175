import { randomBytes } from 'node:crypto';
import { ConfigReader } from '@backstage/config';
import { secretLocations } from '../database/secretLocations';
import { Vault } from './Vault';

const key = () => randomBytes(32).toString('base64');
const place = { table: 'projects', rowId: 'row-1', purpose: 'token' };

function open(
  keys: { id: string; secret: string }[] | undefined,
  production = true,
) {
  const config = new ConfigReader(
    keys ? { gitops: { encryption: { keys } } } : {},
  );
  return Vault.fromConfig(config, { production });
}

it('seals every time anew and opens what it sealed', () => {
  const vault = open([{ id: 'k-1', secret: key() }]);
  for (const secret of ['token', '', 'ünïcode ☂', 'x'.repeat(10_000)]) {
    const envelope = vault.seal(secret, place);
    expect(envelope).toMatch(/^v1\.k-1\.[A-Za-z0-9_-]+$/);
    expect(envelope).not.toBe(vault.seal(secret, place));
    expect(vault.open(envelope, place)).toBe(secret);
  }
});

it('opens with every key and seals with the first', () => {
  const older = { id: 'older', secret: key() };
  const newer = { id: 'newer', secret: key() };
  const envelope = open([older]).seal('token', place);
  const both = open([newer, older]);
  expect(both.open(envelope, place)).toBe('token');
  expect(both.isOutdated(envelope)).toBe(true);
  const renewed = both.seal('token', place);
  expect(both.isOutdated(renewed)).toBe(false);
  expect(open([newer]).open(renewed, place)).toBe('token');
  expect(() => open([newer]).open(envelope, place)).toThrow(
    /row row-1 in table projects.*not in gitops.encryption.keys/,
  );
});

it('opens nothing that was moved, changed or forged, and names only the place', () => {
  const vault = open([{ id: 'k', secret: key() }]);
  const envelope = vault.seal('the-secret', place);
  const attempts: [string, typeof place][] = [
    [envelope, { ...place, table: 'others' }],
    [envelope, { ...place, rowId: 'row-2' }],
    [envelope, { ...place, purpose: 'other' }],
    [open([{ id: 'k', secret: key() }]).seal('the-secret', place), place],
    ['the-secret', place],
    ['v1.k.', place],
    ['v1.k.AAAA', place],
    [`${envelope}.x`, place],
    [envelope.replace('v1', 'v2'), place],
    // Every place of the product, and the same place of another row.
    ...Object.values(secretLocations).map(
      (location): [string, typeof place] => [envelope, location('row-1')],
    ),
  ];
  const [head, keyId, body] = envelope.split('.');
  const bytes = Buffer.from(body, 'base64url');
  for (let length = 0; length < body.length; length++) {
    attempts.push([`${head}.${keyId}.${body.slice(0, length)}`, place]);
    attempts.push([`${head}.${keyId}.${body.slice(length + 1)}`, place]);
  }
  for (const addition of ['A', '=', '+', ' ', '\n']) {
    attempts.push([`${envelope}${addition}`, place]);
  }
  // Decodes to the same bytes: the last character has bits to spare.
  const alphabet =
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (const letter of alphabet.replace(body.at(-1)!, '')) {
    attempts.push([`${head}.${keyId}.${body.slice(0, -1)}${letter}`, place]);
  }
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] + 1) % 256;
    attempts.push([`${head}.${keyId}.${changed.toString('base64url')}`, place]);
  }
  for (const [text, where] of attempts) {
    expect(() => vault.open(text, where)).toThrow(
      `Cannot decrypt the secret '${where.purpose}' of row ${where.rowId} in table ${where.table}`,
    );
    expect(() => vault.open(text, where)).not.toThrow(/the-secret/);
  }
});

it.each([true, false])(
  'asks for keys when there are none (production: %s)',
  p => {
    expect(() => open(undefined, p)).toThrow(/openssl rand -base64 32/);
    expect(() => open([], p)).toThrow(/openssl rand -base64 32/);
  },
);

it('refuses keys that cannot keep a secret', () => {
  const good = key();
  const short = randomBytes(31).toString('base64');
  for (const production of [true, false]) {
    expect(() => open([{ id: 'k', secret: short }], production)).toThrow(
      /'k'.*has 31 bytes where 32/,
    );
    expect(() => open([{ id: 'a.b', secret: good }], production)).toThrow(
      /unusable id/,
    );
    expect(() =>
      open(
        [
          { id: 'k', secret: good },
          { id: 'k', secret: key() },
        ],
        production,
      ),
    ).toThrow(/same id/);
    // Hexadecimal text, which is 48 bytes when it is read as base64.
    expect(() =>
      open([{ id: 'k', secret: randomBytes(32).toString('hex') }], production),
    ).toThrow(/has 48 bytes where 32/);
    expect(() => open([{ id: 'k', secret: `$${good}` }], production)).toThrow(
      /characters that base64 does not have/,
    );
    const urlSafe = good.replaceAll('+', '-').replaceAll('/', '_');
    expect(
      open([{ id: 'k', secret: `${urlSafe}\n` }], production),
    ).toBeDefined();
  }
  expect(() =>
    open([
      { id: 'a', secret: good },
      { id: 'b', secret: good },
    ]),
  ).toThrow(/same secret/);
  const examples = [
    Buffer.alloc(32),
    Buffer.alloc(32, 'x'),
    Buffer.alloc(32, 'changeme'),
    Buffer.from('0123456789abcdef0123456789abcdef'),
    Buffer.from('abcdefghijklmnopqrstuvwxyz012345'),
    Buffer.from('correct horse battery staple, 42'),
    Buffer.from(randomBytes(16).toString('hex')),
    Buffer.concat([Buffer.alloc(16), randomBytes(15), Buffer.alloc(1)]),
    Buffer.from(
      Array.from({ length: 32 }, (_, index) => (200 + 3 * index) % 256),
    ),
    Buffer.from(Array.from({ length: 32 }, (_, index) => index)),
  ];
  for (const example of examples) {
    const secret = example.toString('base64');
    expect(() => open([{ id: 'k', secret }], true)).toThrow(/protects nothing/);
    expect(() => open([{ id: 'k', secret }], true)).not.toThrow(secret);
    expect(open([{ id: 'k', secret }], false)).toBeDefined();
  }
});

/** A secret that was planted, and where it went in. */
export interface Canary {
  name: string;
  secret: string | Buffer;
}

/** Something that the portal gave away or keeps. */
export interface Place {
  name: string;
  content: string | Buffer;
}

/** A text that gives a secret away. */
interface Trace {
  form: string;
  text: string;
}

const SHORTEST_HALF = 10;

/**
 * Looks for secrets in what a portal gives away, in every form that they take on
 * their way: as they are, in base64 at any offset, for URLs, as hex, inside JSON,
 * and each half by itself.
 *
 * @returns what was found, in words; the secret itself is not among them
 */
export function findLeaks(
  places: readonly Place[],
  canaries: readonly Canary[],
): string[] {
  const texts = places.map(({ name, content }) => ({
    name,
    text:
      typeof content === 'string'
        ? latin1(content)
        : content.toString('latin1'),
  }));
  return canaries.flatMap(({ name, secret }) =>
    tracesOf(secret).flatMap(({ form, text }) =>
      texts
        .filter(place => place.text.includes(text))
        .map(place => `${name}, ${form}, in ${place.name}`),
    ),
  );
}

/** One letter a byte, so that binary content can be searched like text. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function tracesOf(secret: string | Buffer): Trace[] {
  const bytes = Buffer.from(secret);
  const traces: Trace[] = [
    { form: 'as it is', text: bytes.toString('latin1') },
    { form: 'in hex', text: bytes.toString('hex') },
    { form: 'in upper-case hex', text: bytes.toString('hex').toUpperCase() },
  ];
  for (const offset of [0, 1, 2]) {
    const text = base64At(bytes, offset);
    traces.push(
      { form: `in base64 at offset ${offset}`, text },
      {
        form: `in URL-safe base64 at offset ${offset}`,
        text: text.replaceAll('+', '-').replaceAll('/', '_'),
      },
    );
  }
  if (typeof secret === 'string') {
    const half = Math.ceil(secret.length / 2);
    traces.push(
      { form: 'URL-encoded', text: encodeURIComponent(secret) },
      { form: 'JSON-escaped', text: JSON.stringify(secret).slice(1, -1) },
      {
        form: 'JSON-escaped twice',
        text: JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
      },
    );
    if (half >= SHORTEST_HALF) {
      traces.push(
        { form: 'its first half', text: secret.slice(0, half) },
        { form: 'its second half', text: secret.slice(half) },
      );
    }
  }
  return traces.filter(
    ({ text }, index) =>
      traces.findIndex(other => other.text === text) === index,
  );
}

/** What base64 makes of it inside of something longer, without the letters at its ends that neighbours share. */
function base64At(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(
    'base64',
  );
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(first, end);
}

/** The lines of a PEM or OpenSSH key that hold its content. */
export function keyLines(name: string, pem: string): Canary[] {
  return pem
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('-----'))
    .map((secret, index) => ({ name: `${name}, line ${index + 1}`, secret }))
    .filter(({ secret }) => secret.length >= 2 * SHORTEST_HALF);
}

/**
 * The private part of an Ed25519 key in OpenSSH's form, where it stands before the
 * public part (PROTOCOL.key); the rest of the text is known to everybody.
 */
export function ed25519Seed(openSshKey: string): Buffer {
  const body = Buffer.from(
    openSshKey.replaceAll(/-----[^-]+-----|\s/g, ''),
    'base64',
  );
  const label = Buffer.from('\0\0\0\u000bssh-ed25519\0\0\0 ', 'latin1');
  const start = body.indexOf(label) + label.length;
  const publicPart = body.subarray(start, start + 32);
  const last = body.lastIndexOf(publicPart);
  return body.subarray(last - 32, last);
}

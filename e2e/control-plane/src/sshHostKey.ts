import { generateKeyPairSync } from 'node:crypto';

/**
 * A new Ed25519 host key.
 *
 * @returns the private key as PEM, and kind and content of the public one as in a
 * `known_hosts` file (RFC 8709)
 */
export function sshHostKey(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const kind = 'ssh-ed25519';
  const blob = Buffer.concat([
    field(Buffer.from(kind)),
    field(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
  ]);
  return {
    privateKey: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: `${kind} ${blob.toString('base64')}`,
  };
}

import { generateKeyPairSync } from 'node:crypto';
import { parsePrivateKey } from 'sshpk';

/** A key pair of the portal's making. @internal */
export interface SshKeyPair {
  /** `ssh-ed25519 AAAA... title` */
  publicKey: string;
  /** In OpenSSH's own form, without a passphrase. */
  privateKey: string;
  /** `SHA256:...`, as hosts show it. */
  fingerprint: string;
}

/** Makes an Ed25519 key: short, and every host that Flux can read from takes it. @internal */
export function makeSshKey(title: string): SshKeyPair {
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const key = parsePrivateKey(pair.privateKey, 'pem');
  key.comment = title;
  const publicKey = key.toPublic();
  publicKey.comment = title;
  return {
    publicKey: publicKey.toString('ssh'),
    // Flux reads it with golang.org/x/crypto/ssh, which wants this form for Ed25519.
    privateKey: key.toString('ssh-private'),
    fingerprint: publicKey.fingerprint('sha256').toString(),
  };
}

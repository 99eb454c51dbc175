import { createHash } from 'node:crypto';

/** Fingerprint of a public key as `ssh-keygen -l` and the hosts' pages show it. */
export function fingerprintOf(publicKey: string): string | undefined {
  const blob = publicKey.trim().split(/\s+/)[1];
  return blob
    ? `SHA256:${createHash('sha256')
        .update(Buffer.from(blob, 'base64'))
        .digest('base64')
        .replace(/=+$/, '')}`
    : undefined;
}

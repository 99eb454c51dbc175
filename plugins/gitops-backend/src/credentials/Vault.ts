import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Config } from '@backstage/config';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** 32 random bytes have about thirty different values, hex text at most 16. */
const MOST_BYTES_OF_A_MADE_UP_KEY = 16;
/** Of 10^13 random keys one is of printable characters alone: it is a text. */
const PRINTABLE = /^[\x20-\x7e]*$/;
const HOW_TO =
  "set gitops.encryption.keys to a list of { id, secret }, each secret made by 'openssl rand -base64 32'";

/**
 * The place of a secret. It is bound to the ciphertext, so that an envelope moved
 * to another row or column cannot be opened there.
 */
export interface SecretLocation {
  table: string;
  rowId: string;
  /** What the secret is for, usually the column. */
  purpose: string;
}

interface VaultKey {
  id: string;
  secret: Buffer;
}

/**
 * Seals secrets for the database: AES-256-GCM with a random nonce, the key's id
 * in the envelope, and the place of the secret as associated data.
 *
 * An envelope is the text `v1.<key id>.<nonce, ciphertext and tag in base64url>`.
 */
export class Vault {
  private readonly byId: Map<string, VaultKey>;

  /**
   * @param config - The portal's configuration; keys are in
   * `gitops.encryption.keys`, the first one seals and all of them open.
   * @param options - `production` also refuses keys that are no secret to anyone.
   * @throws Error that says what is wrong with the keys and what to do.
   */
  static fromConfig(config: Config, options: { production: boolean }): Vault {
    const entries =
      config.getOptionalConfigArray('gitops.encryption.keys') ?? [];
    if (entries.length === 0) {
      throw new Error(
        `No encryption key is configured, so credentials could not be kept safe: ${HOW_TO}`,
      );
    }
    const keys = entries.map(entry => {
      const id = entry.getString('id');
      return { id, secret: readSecret(id, entry.getString('secret'), options) };
    });
    if (
      options.production &&
      new Set(keys.map(({ secret }) => secret.toString('hex'))).size <
        keys.length
    ) {
      throw new Error(
        `Two keys in gitops.encryption.keys have the same secret, so changing from one to the other changes nothing: ${HOW_TO}`,
      );
    }
    return new Vault(keys);
  }

  private constructor(private readonly keys: readonly VaultKey[]) {
    this.byId = new Map(keys.map(key => [key.id, key]));
    if (this.byId.size < keys.length) {
      throw new Error(
        'Two keys in gitops.encryption.keys have the same id: give every key its own',
      );
    }
  }

  /** Ids of all keys, the one that seals first. */
  get keyIds(): string[] {
    return this.keys.map(({ id }) => id);
  }

  /** Id of the key that new envelopes are sealed with. */
  get sealingKeyId(): string {
    return this.keys[0].id;
  }

  /** Id of the key that an envelope names; undefined for what is no envelope. */
  keyIdOf(envelope: string): string | undefined {
    const [version, keyId, body] = envelope.split('.');
    return version === VERSION && body ? keyId : undefined;
  }

  /** Encrypts a secret for one place. */
  seal(secret: string, location: SecretLocation): string {
    const [key] = this.keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.secret, nonce, {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(associatedData(key.id, location));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(secret, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return `${VERSION}.${key.id}.${sealed.toString('base64url')}`;
  }

  /**
   * Decrypts an envelope.
   *
   * @throws Error that names the place and never the content, when the key is not
   * configured, or when the envelope was changed or belongs to another place.
   */
  open(envelope: string, location: SecretLocation): string {
    const where = `the secret '${location.purpose}' of row ${location.rowId} in table ${location.table}`;
    const [version, keyId, body, ...rest] = envelope.split('.');
    if (version !== VERSION || !body || rest.length > 0) {
      throw new Error(`Cannot decrypt ${where}: it is not an envelope`);
    }
    const key = this.byId.get(keyId);
    if (!key) {
      throw new Error(
        `Cannot decrypt ${where}: the key it was sealed with is not in gitops.encryption.keys; add that key again, or enter the credential anew`,
      );
    }
    const sealed = Buffer.from(body, 'base64url');
    if (
      sealed.length < NONCE_BYTES + TAG_BYTES ||
      // Decoding overlooks what does not belong; one secret has one envelope.
      sealed.toString('base64url') !== body
    ) {
      throw new Error(
        `Cannot decrypt ${where}: the envelope was cut or changed; enter the credential anew`,
      );
    }
    try {
      const decipher = createDecipheriv(
        ALGORITHM,
        key.secret,
        sealed.subarray(0, NONCE_BYTES),
        { authTagLength: TAG_BYTES },
      );
      decipher.setAAD(associatedData(key.id, location));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
    } catch {
      throw new Error(
        `Cannot decrypt ${where}: it was changed, moved from another place, or sealed with a different key of the same id; enter the credential anew`,
      );
    }
  }

  /** Whether an envelope was sealed with another key than the one that seals now. */
  isOutdated(envelope: string): boolean {
    return !envelope.startsWith(`${VERSION}.${this.keys[0].id}.`);
  }
}

function readSecret(
  id: string,
  encoded: string,
  options: { production: boolean },
): Buffer {
  const name = `The encryption key '${id}' in gitops.encryption.keys`;
  if (!KEY_ID.test(id)) {
    throw new Error(
      `${name} has an unusable id: use up to 64 letters, digits, '-' and '_'`,
    );
  }
  const secret = Buffer.from(encoded, 'base64');
  if (secret.length !== KEY_BYTES) {
    throw new Error(
      `${name} has ${secret.length} bytes where ${KEY_BYTES} in base64 are needed: ${HOW_TO}`,
    );
  }
  if (!sameText(secret.toString('base64'), encoded)) {
    throw new Error(
      `${name} contains characters that base64 does not have, which would be left out of the key: ${HOW_TO}`,
    );
  }
  if (options.production && isMadeUp(secret)) {
    throw new Error(
      `${name} is an example or not random, so it protects nothing: ${HOW_TO}`,
    );
  }
  return secret;
}

/** Both alphabets of base64, with or without padding and line ends. */
function sameText(canonical: string, given: string): boolean {
  const plain = given
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[=\s]/g, '');
  return plain === canonical.replaceAll('=', '');
}

/** All zero, repeated, counted up, or a text: what people write into examples. */
function isMadeUp(secret: Buffer): boolean {
  const steps = new Set(
    [...secret]
      .map(
        (byte, index) =>
          (byte - secret[(index + KEY_BYTES - 1) % KEY_BYTES] + 256) % 256,
      )
      .slice(1),
  );
  return (
    new Set(secret).size <= MOST_BYTES_OF_A_MADE_UP_KEY ||
    steps.size === 1 ||
    PRINTABLE.test(secret.toString('latin1'))
  );
}

/** Unambiguous whatever the parts contain. */
function associatedData(keyId: string, location: SecretLocation): Buffer {
  const { table, rowId, purpose } = location;
  return Buffer.from(JSON.stringify([VERSION, keyId, table, rowId, purpose]));
}

import { JsonObject, isObject } from '../../kustomize/json';

/** What authenticates a fetch over HTTP; empty for a public repository. */
export interface AuthOptions {
  /** Value of the `Authorization` header. */
  authorization?: string;
}

/** Decoded `data` of a Secret. */
export function secretData(secret: JsonObject): Record<string, string> {
  const data = isObject(secret.data) ? secret.data : {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(String(value), 'base64').toString('utf8'),
    ]),
  );
}

/**
 * Reads credentials as Flux does; only a password without a user name, and
 * missing SSH keys, are complaints. Everything else is left to the Git host.
 *
 * @throws Error with Flux's message
 */
export function authOptionsOf(
  url: URL,
  data: Record<string, string> | undefined,
): AuthOptions {
  const scheme = url.protocol.replace(':', '');
  if (scheme === 'ssh') {
    for (const key of ['identity', 'known_hosts']) {
      if (!data?.[key]) {
        throw new Error(`invalid 'ssh' auth option: '${key}' is required`);
      }
    }
    return {};
  }
  if (data?.bearerToken !== undefined) {
    return { authorization: `Bearer ${data.bearerToken}` };
  }
  const username = data?.username || decodeURIComponent(url.username);
  const password = data?.password || decodeURIComponent(url.password);
  if (!username && password) {
    throw new Error(
      `invalid '${scheme}' auth option: 'password' requires 'username' to be set`,
    );
  }
  if (!username) {
    return {};
  }
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

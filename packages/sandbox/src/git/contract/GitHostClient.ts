/** A Git host with Gitea's REST API that the contract is held against. */
export interface GitHostSubject {
  /** Root, without a trailing slash. */
  url: string;
  /** May create repositories in the organization; owns it. */
  admin: { username: string; password: string; token: string };
  /** Has an account, and no rights in the organization. */
  outsider: { username: string; password: string };
  organization: string;
}

/** An answer with its body read; JSON where it is JSON. */
export interface GitHostAnswer {
  status: number;
  // Bodies are looked into freely by expectations; their shape is what is being tested.
  body: any;
  bytes: Buffer;
  headers: Headers;
}

/** Value of the `Authorization` header for a password or a token as password. */
export function basic(account: { username: string; password: string }): string {
  return `Basic ${Buffer.from(
    `${account.username}:${account.password}`,
  ).toString('base64')}`;
}

/** Calls the host; every status is an answer. Without `authorization` nobody is signed in. */
export async function callGitHost(
  subject: GitHostSubject,
  method: string,
  path: string,
  options: { body?: unknown; authorization?: string } = {},
): Promise<GitHostAnswer> {
  const response = await fetch(`${subject.url}${path}`, {
    method,
    headers: {
      ...(options.authorization
        ? { authorization: options.authorization }
        : {}),
      ...(options.body === undefined
        ? {}
        : { 'content-type': 'application/json' }),
    },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers
    .get('content-type')
    ?.includes('application/json');
  return {
    status: response.status,
    body: isJson ? JSON.parse(bytes.toString('utf8')) : undefined,
    bytes,
    headers: response.headers,
  };
}

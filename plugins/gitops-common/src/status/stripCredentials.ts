// Greedy up to the last `@` before the path, since an unescaped password may
// itself hold an `@`.
const HTTP_USERINFO = /(https?:\/\/)[^\s/'"<>]+@/gi;
const OTHER_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"<>]+):[^\s/'"<>]+@/gi;
const SECRET_PARAMETER =
  /([?&](?:access_token|private_token|oauth_token|token|password|client_secret|sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^\s&'"<>#]+/gi;

/**
 * Takes credentials out of a text before it is stored, shown or logged: the
 * user part of HTTP URLs (a token alone may stand there), the password of other
 * URLs, and secret query parameters. `***` marks the place.
 *
 * @public
 */
export function stripCredentials(text: string): string {
  return text
    .replace(HTTP_USERINFO, '$1***@')
    .replace(OTHER_PASSWORD, '$1:***@')
    .replace(SECRET_PARAMETER, '$1***');
}

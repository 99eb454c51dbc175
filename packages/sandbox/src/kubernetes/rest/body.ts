import { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { StatusError } from '../StatusError';
import { badRequest, unsupportedMediaType } from '../statusErrors';

/** The API server's own limit. */
const maxBodyBytes = 3 * 1024 * 1024;

/** Media type of the body, without parameters. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json')
    .split(';')[0]
    .trim()
    .toLowerCase();
}

/** Reads the whole body. Throws 413 when it is larger than the API server takes. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk as Uint8Array);
    size += part.length;
    if (size > maxBodyBytes) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${maxBodyBytes}`,
      );
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads JSON, or YAML (of which JSON is a part). Throws 400 when it is neither. */
export function parseBody(text: string, mediaType: string): unknown {
  try {
    return mediaType.endsWith('yaml') ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw badRequest(
      mediaType.endsWith('yaml')
        ? `error decoding YAML: ${cause}`
        : `couldn't get version/kind; json parse error: ${cause}`,
    );
  }
}

/** Body of POST and PUT. */
export async function readObject(request: IncomingMessage): Promise<unknown> {
  const mediaType = mediaTypeOf(request);
  const accepted = ['application/json', 'application/yaml'];
  if (!accepted.includes(mediaType)) {
    throw unsupportedMediaType(accepted);
  }
  return parseBody(await readBody(request), mediaType);
}

/** Body of DELETE, which may be absent. */
export async function readOptionalObject(
  request: IncomingMessage,
): Promise<unknown> {
  const text = await readBody(request);
  return text.trim() ? parseBody(text, mediaTypeOf(request)) : undefined;
}

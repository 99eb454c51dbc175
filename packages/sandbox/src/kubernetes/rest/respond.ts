import { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { StatusError } from '../StatusError';

/** Bodies from this size on are compressed for clients that can read it; the API server has the same limit. */
const compressFrom = 128 * 1024;

/** Answers with JSON text, compressed when large and wanted. */
export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  json: string,
): void {
  response.statusCode = code;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-cache, private');
  const accepted = String(request.headers['accept-encoding'] ?? '');
  if (json.length < compressFrom || !/\bgzip\b/.test(accepted)) {
    response.end(json);
    return;
  }
  gzip(json, { level: 1 }, (error, compressed) => {
    if (error) {
      response.destroy(error);
      return;
    }
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Vary', 'Accept-Encoding');
    response.end(compressed);
  });
}

/** Answers with a failure. */
export function sendStatusError(
  request: IncomingMessage,
  response: ServerResponse,
  error: StatusError,
): void {
  if (error.details?.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(error.details.retryAfterSeconds));
  }
  sendJson(request, response, error.code, JSON.stringify(error.toStatus()));
}

/** Answers with plain text. */
export function sendText(
  response: ServerResponse,
  code: number,
  text: string,
): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}

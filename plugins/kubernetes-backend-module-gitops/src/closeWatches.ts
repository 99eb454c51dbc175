import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

/**
 * Response header that tells a client it may rely on this middleware: an
 * aborted request is aborted upstream, a torn upstream answer arrives torn.
 */
const WATCH_HEADER = 'Backstage-Gitops-Watch';

/**
 * Express middleware to stand before the Kubernetes proxy. The proxy forwards
 * bytes but not what happens to the connections that carry them; for a watch,
 * which is mostly silence, that is the greater part of the news.
 */
export function closeWatches(): RequestHandler {
  return (req, res, next) => {
    res.setHeader(WATCH_HEADER, 'closes');

    // Client gone -> end the upstream request. http-proxy listens for 'aborted'
    // on the incoming request, which Node emits only while the request itself is
    // still being received; a GET has long been received by then.
    res.once('close', () => {
      if (!res.writableFinished) {
        req.emit('aborted');
      }
    });

    res.once('pipe', (upstream: IncomingMessage) => {
      // A quiet watch has no first byte for a long time. Without its headers a
      // client cannot tell "connected" from "nobody there".
      res.flushHeaders();
      // Upstream torn -> tear the client's side. `pipe` alone would leave the
      // response open and silent for ever.
      upstream.once('close', () => {
        if (!upstream.complete) {
          res.destroy();
        }
      });
    });
    next();
  };
}

import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Request, Response, Router } from 'express';
import { includesRight } from './accounts';
import { BareRepository } from './BareRepository';
import { gitEnvironment } from './git';
import { GitHost } from './GitHost';
import { StoredRepository } from './GitHostState';
import { hasScope } from './scopes';

type Service = 'upload-pack' | 'receive-pack';

/** One or more `key=value`, as Gitea and `git http-backend` let through. */
const SAFE_PROTOCOL =
  /^[0-9a-zA-Z]+=[0-9a-zA-Z]+(:[0-9a-zA-Z]+=[0-9a-zA-Z]+)*$/;

/** What clients may ask of a host: partial clones, and commits by their id. */
const SERVICE_CONFIG = [
  '-c',
  'uploadpack.allowFilter=true',
  '-c',
  'uploadpack.allowAnySHA1InWant=true',
  '-c',
  'receive.autogc=false',
];

interface Access {
  repository: StoredRepository;
  pusher?: string;
}

function plain(res: Response, status: number, text: string): undefined {
  res
    .status(status)
    .set('Content-Type', 'text/plain; charset=utf-8')
    .send(`${text}\n`);
  return undefined;
}

/**
 * Decides as Gitea does: without a valid sign-in everything but reading public
 * repositories is 401, also for repositories that do not exist; signed in,
 * what may not be read is 404 and what may not be written is 403.
 */
function authorize(
  host: GitHost,
  req: Request,
  res: Response,
  service: Service,
): Access | undefined {
  const name = req.params.repository.replace(/\.git$/, '');
  const repository = host.state.findRepository(req.params.owner, name);
  const authentication = host.authenticate(req.get('authorization'));
  const pull = service === 'upload-pack';
  if (
    authentication.kind === 'refused' ||
    (authentication.kind === 'anonymous' &&
      !(repository && !repository.private && pull))
  ) {
    res.set('WWW-Authenticate', 'Basic realm="Gitea"');
    return plain(res, 401, 'Unauthorized');
  }
  const caller =
    authentication.kind === 'caller' ? authentication.caller : undefined;
  if (
    caller &&
    !hasScope(caller.scopes, pull ? 'read:repository' : 'write:repository')
  ) {
    return plain(res, 403, 'Forbidden');
  }
  if (!repository) {
    return pull
      ? plain(res, 404, 'Repository not found')
      : plain(res, 403, 'Push to create is not enabled for users.');
  }
  const right = host.rightOn(repository, caller?.user);
  if (!includesRight(right, 'read')) {
    return plain(res, 404, 'Repository not found');
  }
  if (!pull && repository.archived) {
    return plain(
      res,
      403,
      'This repo is archived. You can view files and clone it, but cannot push or open issues/pull-requests.',
    );
  }
  if (!pull && !includesRight(right, 'write')) {
    return plain(res, 403, 'User permission denied for writing.');
  }
  return { repository, pusher: caller?.user.username };
}

function startService(
  host: GitHost,
  repository: StoredRepository,
  service: Service,
  req: Request,
  args: string[],
) {
  const protocol = req.get('git-protocol') ?? '';
  return spawn(
    'git',
    [
      ...SERVICE_CONFIG,
      service,
      '--stateless-rpc',
      ...args,
      host.directoryOf(repository),
    ],
    {
      env: gitEnvironment(
        SAFE_PROTOCOL.test(protocol) ? { GIT_PROTOCOL: protocol } : {},
      ),
    },
  );
}

function noCache(res: Response) {
  res.set('Expires', 'Fri, 01 Jan 1980 00:00:00 GMT');
  res.set('Pragma', 'no-cache');
  res.set('Cache-Control', 'no-cache, max-age=0, must-revalidate');
}

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}

/** After a push: the first branch of an empty repository becomes its default. */
async function afterPush(host: GitHost, repository: StoredRepository) {
  const branches = await new BareRepository(
    host.directoryOf(repository),
  ).branches();
  host.state.changeRepository(repository.id, {
    updatedAt: new Date().toISOString(),
  });
  const [first] = branches;
  if (first && !branches.some(b => b.name === repository.defaultBranch)) {
    await host.setDefaultBranch(repository, first.name);
  }
}

/**
 * Git over smart HTTP (`gitprotocol-http`), served by the `git` binary:
 * reference advertisement, fetch and push, protocol versions 0 to 2.
 *
 * @param onProcess - told of every `git` process started, so that it can be ended
 */
export function createSmartHttpRouter(
  host: GitHost,
  onProcess: (child: ReturnType<typeof startService>) => void,
): Router {
  const router = Router();

  router.get('/:owner/:repository/info/refs', (req, res, next) => {
    const service = String(req.query.service ?? '').replace(/^git-/, '');
    if (service !== 'upload-pack' && service !== 'receive-pack') {
      plain(
        res,
        400,
        'only smart HTTP is served: ask with ?service=git-upload-pack',
      );
      return;
    }
    const access = authorize(host, req, res, service);
    if (!access) {
      return;
    }
    noCache(res);
    res.set('Content-Type', `application/x-git-${service}-advertisement`);
    const child = startService(host, access.repository, service, req, [
      '--advertise-refs',
    ]);
    onProcess(child);
    child.stdin.end();
    res.write(`${packetLine(`# service=git-${service}\n`)}0000`);
    pipeline(child.stdout, res).catch(next);
  });

  const rpc = (service: Service) => {
    router.post(`/:owner/:repository/git-${service}`, (req, res, next) => {
      const access = authorize(host, req, res, service);
      if (!access) {
        // The body of a refused push is read to its end, so that the client gets to see the answer.
        req.resume();
        return;
      }
      if (req.get('content-type') !== `application/x-git-${service}-request`) {
        req.resume();
        plain(res, 400, `expected an application/x-git-${service}-request`);
        return;
      }
      noCache(res);
      res.set('Content-Type', `application/x-git-${service}-result`);
      const child = startService(host, access.repository, service, req, []);
      onProcess(child);
      const body =
        req.get('content-encoding') === 'gzip' ? req.pipe(createGunzip()) : req;
      // A service that has heard enough closes its input early; its answer counts.
      pipeline(body, child.stdin).catch(() => {});
      res.on('close', () => child.kill());
      const ended = new Promise<void>(resolve =>
        child.on('close', () => resolve()),
      );
      const serve = async () => {
        await pipeline(child.stdout, res, { end: false });
        await ended;
        if (service === 'receive-pack') {
          await afterPush(host, access.repository);
        }
        res.end();
      };
      serve().catch(next);
    });
  };
  rpc('upload-pack');
  rpc('receive-pack');
  return router;
}

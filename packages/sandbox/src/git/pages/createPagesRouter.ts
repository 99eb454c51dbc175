import { RequestHandler, Request, Response, Router } from 'express';
import { encodePath } from '../api/documents';
import { BareRepository, Commit, TreeEntry } from '../BareRepository';
import { GitHost } from '../GitHost';
import { StoredRepository } from '../GitHostState';
import { Html, html } from './html';
import { layout } from './layout';

const MAX_SHOWN_BYTES = 512 * 1024;

function day(date: string): string {
  return date.slice(0, 16).replace('T', ' ');
}

function subject(commit: Commit): string {
  return commit.message.split('\n')[0];
}

function commitRows(repository: string, commits: Commit[]): Html {
  return html`<div class="box">
    ${commits.map(
      commit =>
        html`<div class="row">
          <span
            ><a href="/${repository}/commit/${commit.sha}"
              >${subject(commit)}</a
            >
            <span class="muted">by ${commit.author.name}</span></span
          ><code
            ><a href="/${repository}/commit/${commit.sha}"
              >${commit.sha.slice(0, 10)}</a
            ></code
          ><span class="muted">${day(commit.committer.date)}</span>
        </div>`,
    )}
  </div>`;
}

function fileRows(base: string, path: string, entries: TreeEntry[]): Html {
  const sorted = [...entries].sort(
    (a, b) =>
      Number(b.type === 'tree') - Number(a.type === 'tree') ||
      a.path.localeCompare(b.path),
  );
  return html`<div class="box">
    ${sorted.map(entry => {
      const full = path ? `${path}/${entry.path}` : entry.path;
      return html`<div class="row">
        <span
          >${entry.type === 'tree' ? '📁' : '📄'}
          <a href="${base}/${encodePath(full)}">${entry.path}</a></span
        ><span class="muted"
          >${entry.type === 'tree' ? '' : `${entry.size} B`}</span
        >
      </div>`;
    })}
  </div>`;
}

function diffLines(diff: string): Html {
  return html`<div class="box">
    <pre>
${diff.split('\n').map(line => {
        if (
          /^(diff |index |--- |\+\+\+ |@@|new file|deleted file)/.test(line)
        ) {
          return html`<span class="hunk">${line}</span>`;
        }
        if (line.startsWith('+')) {
          return html`<span class="add">${line}</span>`;
        }
        return line.startsWith('-')
          ? html`<span class="del">${line}</span>`
          : html`${line} `;
      })}</pre
    >
  </div>`;
}

function textOf(blob: Buffer): string {
  if (blob.length > MAX_SHOWN_BYTES) {
    return `(${blob.length} bytes: too large to show)`;
  }
  return blob.includes(0)
    ? `(${blob.length} bytes: not text)`
    : blob.toString('utf8');
}

/** A handler that answers with a page, or with undefined for "not found". */
type PageHandler = (
  req: Request,
  res: Response,
) => Promise<{ title: string; body: Html } | undefined>;

/**
 * Pages for people, at the addresses that Gitea has, so that links into the Git
 * host lead somewhere. They show every repository, private ones too, since the
 * host listens on loopback only and has no sign-in page.
 */
export function createPagesRouter(host: GitHost): Router {
  const router = Router();

  const page = (handler: PageHandler): RequestHandler => {
    return (req, res, next) => {
      handler(req, res)
        .then(result => {
          if (!result) {
            next();
          } else if (!res.headersSent) {
            res
              .set(
                'Content-Security-Policy',
                "default-src 'none'; style-src 'unsafe-inline'",
              )
              .type('html')
              .send(layout(result.title, result.body));
          }
        })
        .catch(next);
    };
  };

  const find = (req: Request) => {
    const repository = host.state.findRepository(
      req.params.owner,
      req.params.repository,
    );
    return repository
      ? {
          repository,
          fullName: `${repository.owner}/${repository.name}`,
          bare: new BareRepository(host.directoryOf(repository)),
        }
      : undefined;
  };

  const repositoryRow = (repository: StoredRepository) =>
    html`<div class="row">
      <span
        ><a href="/${repository.owner}/${repository.name}"
          >${repository.owner}/<strong>${repository.name}</strong></a
        >
        <span class="muted">${repository.description}</span></span
      ><span class="tag">${repository.private ? 'private' : 'public'}</span
      ><span class="muted">${day(repository.updatedAt)}</span>
    </div>`;

  const list = (title: string, repositories: StoredRepository[]) => ({
    title,
    body: html`<h1>${title}</h1>
      <p class="muted">${repositories.length} on this host</p>
      ${repositories.length > 0
        ? html`<div class="box">${repositories.map(repositoryRow)}</div>`
        : html`<p>
            Nothing here yet. Create a service in the portal, and its repository
            appears.
          </p>`}`,
  });

  router.get(
    '/',
    page(async () => list('Repositories', [...host.state.repositories])),
  );

  router.get(
    '/:owner',
    page(async req => {
      const login =
        host.findUser(req.params.owner)?.username ??
        host.findOrganization(req.params.owner)?.name;
      return login
        ? list(
            login,
            host.state.repositories.filter(({ owner }) => owner === login),
          )
        : undefined;
    }),
  );

  router.get(
    '/:owner/:repository',
    page(async (req, res) => {
      const found = find(req);
      if (!found) {
        return undefined;
      }
      const { repository, fullName, bare } = found;
      const head = await bare.resolve(repository.defaultBranch);
      const title = html`<h1>
          <a href="/${repository.owner}">${repository.owner}</a> /
          <a href="/${fullName}">${repository.name}</a>
          <span class="tag">${repository.private ? 'private' : 'public'}</span>
        </h1>
        <p class="muted">${repository.description}</p>`;
      const clone = html`<h2>Clone</h2>
        <div class="box">
          <pre>
git clone ${req.protocol}://${req.get('host')}/${fullName}.git</pre
          >
        </div>`;
      if (!head) {
        return {
          title: fullName,
          body: html`${title}
            <p>This repository is empty.</p>
            ${clone}`,
        };
      }
      const entries = await bare.tree(head);
      const readme = entries.find(entry => /^readme(\.|$)/i.test(entry.path));
      const commits = await bare.log(head, { limit: 10 });
      res.status(200);
      return {
        title: fullName,
        body: html`${title}
          <h2>Files on ${repository.defaultBranch}</h2>
          ${fileRows(
            `/${fullName}/src/branch/${encodePath(repository.defaultBranch)}`,
            '',
            entries,
          )}
          <h2>Last commits</h2>
          ${commitRows(fullName, commits)}
          ${readme && readme.type === 'blob'
            ? html`<h2>${readme.path}</h2>
                <div class="box">
                  <pre>${textOf(await bare.blob(readme.sha))}</pre>
                </div>`
            : html``}
          ${clone}`,
      };
    }),
  );

  router.get(
    '/:owner/:repository/commit/:sha',
    page(async req => {
      const found = find(req);
      const sha = found && (await found.bare.resolve(req.params.sha));
      if (!found || !sha) {
        return undefined;
      }
      const { fullName, bare } = found;
      const commit = await bare.commit(sha);
      return {
        title: `${subject(commit)} · ${fullName}`,
        body: html`<p><a href="/${fullName}">${fullName}</a></p>
          <h1>${subject(commit)}</h1>
          <p class="muted">
            ${commit.author.name} · ${day(commit.committer.date)} ·
            <code>${sha}</code> ·
            <a href="/${fullName}/src/commit/${sha}">browse files</a>
          </p>
          ${commit.message.trim().includes('\n')
            ? html`<div class="box"><pre>${commit.message.trim()}</pre></div>`
            : html``}
          ${diffLines(await bare.diff(sha))}`,
      };
    }),
  );

  const source = page(async req => {
    const found = find(req);
    if (!found) {
      return undefined;
    }
    const { fullName, bare } = found;
    const rest = req.params[0].replace(/\/+$/, '').split('/');
    // The name of a branch may itself hold slashes: the longest that fits wins.
    for (let length = rest.length; length > 0; length--) {
      const ref = rest.slice(0, length).join('/');
      const path = rest.slice(length).join('/');
      const sha = await bare.resolve(ref);
      const entry = sha && (await bare.entryAt(sha, path));
      if (!sha || !entry) {
        continue;
      }
      const base = `/${fullName}/src/${req.params.kind}/${encodePath(ref)}`;
      const crumbs = html`<p>
          <a href="/${fullName}">${fullName}</a> at
          <a href="${base}"
            ><code>${ref.length === 40 ? ref.slice(0, 10) : ref}</code></a
          >
        </p>
        <h1>${path || '/'}</h1>`;
      return {
        title: `${path || fullName} · ${ref}`,
        body:
          entry.type === 'tree'
            ? html`${crumbs}${fileRows(base, path, await bare.tree(entry.sha))}`
            : html`${crumbs}
                <div class="box">
                  <pre>${textOf(await bare.blob(entry.sha))}</pre>
                </div>`,
      };
    }
    return undefined;
  });
  router.get('/:owner/:repository/src/:kind(branch|commit|tag)/*', source);

  router.get(
    '/:owner/:repository/raw/:kind(branch|commit|tag)/*',
    page(async (req, res) => {
      const found = find(req);
      const [ref, ...path] = req.params[0].split('/');
      const sha = found && (await found.bare.resolve(ref));
      const entry =
        found && sha && (await found.bare.entryAt(sha, path.join('/')));
      if (!entry || entry.type !== 'blob') {
        return undefined;
      }
      res.type('text/plain').send(await found.bare.blob(entry.sha));
      return { title: '', body: html`` };
    }),
  );

  const notFoundPage: RequestHandler = (_req, res) => {
    res
      .status(404)
      .type('html')
      .send(
        layout(
          'Not found',
          html`<h1>Not found</h1>
            <p>
              There is no such page on this host.
              <a href="/">See the repositories</a>.
            </p>`,
        ),
      );
  };
  router.use(notFoundPage);
  return router;
}

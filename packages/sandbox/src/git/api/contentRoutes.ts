import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { z } from 'zod/v3';
import { BareRepository, TreeEntry } from '../BareRepository';
import { gitEnvironment } from '../git';
import { StoredRepository } from '../GitHostState';
import { ApiContext, Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { commitFile } from './commitFile';
import { Documents, encodePath } from './documents';

const person = z.object({ name: z.string(), email: z.string() }).partial();

const fileSchema = z.object({
  content: z.string().default(''),
  message: z.string().default(''),
  branch: z.string().default(''),
  new_branch: z.string().default(''),
  sha: z.string().default(''),
  author: person.optional(),
  committer: person.optional(),
  dates: z
    .object({ author: z.string().optional(), committer: z.string().optional() })
    .optional(),
});

/** Path after the fixed part of a route, checked. */
function pathOf(context: ApiContext): string {
  const path = (context.req.params[0] ?? '').replace(/^\/+|\/+$/g, '');
  if (path.split('/').some(part => part === '.git' || part === '..')) {
    throw new ApiError(
      422,
      `path contains a malformed path component [path: ${path}]`,
    );
  }
  return path;
}

/** Commit that `?ref=` names, or the default branch's. */
async function commitOfQuery(
  context: ApiContext,
  repository: StoredRepository,
  bare: BareRepository,
): Promise<{ sha: string; ref: string }> {
  const ref =
    context.query('ref') ?? context.query('sha') ?? repository.defaultBranch;
  const sha = await bare.resolve(ref);
  if (!sha) {
    throw notFound(`object does not exist [id: ${ref}, rel_path: ]`);
  }
  return { sha, ref };
}

const ENTRY_TYPES = { blob: 'file', tree: 'dir', commit: 'submodule' };

async function contentsDocument(options: {
  baseUrl: string;
  repository: StoredRepository;
  bare: BareRepository;
  commit: string;
  ref: string;
  entry: TreeEntry;
  path: string;
  withContent: boolean;
}) {
  const { baseUrl, repository, bare, commit, ref, entry, path } = options;
  const fullName = `${repository.owner}/${repository.name}`;
  const api = `${baseUrl}/api/v1/repos/${fullName}`;
  const refKind = /^[0-9a-f]{40}$/.test(ref) ? 'commit' : 'branch';
  const encoded = encodePath(path);
  const self = `${api}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const html = `${baseUrl}/${fullName}/src/${refKind}/${encodePath(
    ref,
  )}/${encoded}`;
  const isFile = entry.type === 'blob';
  const git = `${api}/git/${isFile ? 'blobs' : 'trees'}/${entry.sha}`;
  const [last] = await bare.log(commit, { path, limit: 1 });
  const content =
    isFile && options.withContent ? await bare.blob(entry.sha) : undefined;
  return {
    name: path.split('/').pop() ?? '',
    path,
    sha: entry.sha,
    last_commit_sha: last?.sha ?? commit,
    last_committer_date: last?.committer.date,
    last_author_date: last?.author.date,
    type: entry.mode === '120000' ? 'symlink' : ENTRY_TYPES[entry.type],
    size: entry.size,
    encoding: content ? 'base64' : null,
    content: content ? content.toString('base64') : null,
    target: null,
    url: self,
    html_url: html,
    git_url: git,
    download_url: isFile
      ? `${baseUrl}/${fullName}/raw/${refKind}/${encodePath(ref)}/${encoded}`
      : null,
    submodule_git_url: null,
    _links: { self, git, html },
  };
}

async function readContents(context: ApiContext) {
  const repository = context.repository();
  const bare = context.bare(repository);
  const path = pathOf(context);
  const { sha: commit, ref } = await commitOfQuery(context, repository, bare);
  const entry = await bare.entryAt(commit, path);
  if (!entry) {
    throw notFound(`object does not exist [id: , rel_path: ${path}]`);
  }
  const common = { baseUrl: context.baseUrl, repository, bare, commit, ref };
  if (entry.type !== 'tree') {
    return {
      body: await contentsDocument({
        ...common,
        entry,
        path,
        withContent: true,
      }),
    };
  }
  const entries = await bare.tree(entry.sha);
  return {
    body: await Promise.all(
      entries.map(child =>
        contentsDocument({
          ...common,
          entry: child,
          path: path ? `${path}/${child.path}` : child.path,
          withContent: false,
        }),
      ),
    ),
  };
}

async function writeContents(
  context: ApiContext,
  kind: 'create' | 'update' | 'delete',
) {
  const repository = context.repository('write');
  const bare = context.bare(repository);
  const path = pathOf(context);
  if (!path) {
    throw new ApiError(422, 'path is empty');
  }
  const wish = context.body(fileSchema);
  const base = await bare.resolve(wish.branch || repository.defaultBranch);
  const present = base ? await bare.entryAt(base, path) : undefined;
  if (kind === 'create' && present) {
    throw new ApiError(422, `repository file already exists [path: ${path}]`);
  }
  if (kind !== 'create' && !present) {
    throw notFound(`repository file does not exist [path: ${path}]`);
  }
  if (present && kind !== 'create' && wish.sha !== present.sha) {
    throw new ApiError(
      422,
      wish.sha
        ? `sha does not match [given: ${wish.sha}, expected: ${present.sha}]`
        : '[SHA]: Required',
    );
  }
  const verb = { create: 'Add', update: 'Update', delete: 'Delete' }[kind];
  const sha = await commitFile(context, repository, {
    path,
    content:
      kind === 'delete' ? undefined : Buffer.from(wish.content, 'base64'),
    message: wish.message || `${verb} ${path}\n`,
    branch: wish.branch,
    newBranch: wish.new_branch,
    author: wish.author,
    committer: wish.committer,
    date: wish.dates?.committer ?? wish.dates?.author,
  });
  const documents = new Documents(context.host, context.baseUrl);
  const commit = documents.commit(repository, await bare.commit(sha));
  const entry = await bare.entryAt(sha, path);
  return {
    status: kind === 'create' ? 201 : 200,
    body: {
      content: entry
        ? await contentsDocument({
            baseUrl: context.baseUrl,
            repository,
            bare,
            commit: sha,
            ref: wish.new_branch || wish.branch || repository.defaultBranch,
            entry,
            path,
            withContent: true,
          })
        : null,
      commit: {
        sha: commit.sha,
        created: commit.created,
        html_url: commit.html_url,
        ...commit.commit,
        parents: commit.parents,
      },
      verification: null,
    },
  };
}

/** Files, directories and archives of a commit. */
export function addContentRoutes(router: Router, route: Route) {
  const contents = [
    '/repos/:owner/:repository/contents',
    '/repos/:owner/:repository/contents/*',
  ];
  router.get(contents, route(readContents));
  router.post(
    contents,
    route(context => writeContents(context, 'create')),
  );
  router.put(
    contents,
    route(context => writeContents(context, 'update')),
  );
  router.delete(
    contents,
    route(context => writeContents(context, 'delete')),
  );

  router.get(
    '/repos/:owner/:repository/raw/*',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const { sha } = await commitOfQuery(context, repository, bare);
      const entry = await bare.entryAt(sha, pathOf(context));
      if (!entry || entry.type !== 'blob') {
        throw notFound();
      }
      context.res
        .set('Content-Type', 'application/octet-stream')
        .send(await bare.blob(entry.sha));
      return undefined;
    }),
  );

  router.get(
    '/repos/:owner/:repository/git/trees/:sha',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const { sha } = context.req.params;
      const tree =
        (await bare.resolve(sha)) ??
        (/^[0-9a-f]{40}$/.test(sha) ? sha : undefined);
      const recursive = ['true', '1'].includes(
        context.query('recursive') ?? '',
      );
      if (!tree) {
        throw new ApiError(400, `GetTree: object does not exist [id: ${sha}]`);
      }
      const entries = await bare.tree(tree, { recursive }).catch(() => {
        throw new ApiError(400, `GetTree: object does not exist [id: ${sha}]`);
      });
      const api = `${context.baseUrl}/api/v1/repos/${repository.owner}/${repository.name}/git`;
      return {
        body: {
          sha: tree,
          url: `${api}/trees/${tree}`,
          tree: entries.map(entry => ({
            path: entry.path,
            mode: entry.mode,
            type: entry.type,
            size: entry.size,
            sha: entry.sha,
            url: `${api}/${entry.type === 'blob' ? 'blobs' : 'trees'}/${
              entry.sha
            }`,
          })),
          truncated: false,
          page: 1,
          total_count: entries.length,
        },
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/archive/*',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const match = /^(.+)\.(tar\.gz|zip)$/.exec(context.req.params[0]);
      if (!match) {
        throw new ApiError(
          400,
          `unknown archive format: ${context.req.params[0]}`,
        );
      }
      const [, ref, format] = match;
      const sha = await bare.resolve(ref);
      if (!sha) {
        throw notFound();
      }
      context.res.set(
        'Content-Type',
        format === 'zip' ? 'application/zip' : 'application/gzip',
      );
      const child = spawn(
        'git',
        [
          `--git-dir=${bare.directory}`,
          'archive',
          `--format=${format}`,
          `--prefix=${repository.name.toLowerCase()}/`,
          sha,
        ],
        { env: gitEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] },
      );
      await pipeline(child.stdout, context.res);
      return undefined;
    }),
  );
}

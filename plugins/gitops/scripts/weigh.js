// @ts-check
/*
 * Weighs what the plugin adds to an entity page, and fails beyond the limits:
 *
 *   node scripts/weigh.js
 *
 * The card is weighed as a page that shows it loads it, the tab as one loads it
 * that shows it alone. Everything counts that an app would not have without the
 * plugin: our own packages, the icons in use, and libraries of others, styles
 * included. What every Backstage app has on its catalog pages does not: React,
 * the router, `@backstage/*` and what those bring along (see HOST).
 */
const { resolve } = require('node:path');
const { gzipSync } = require('node:zlib');
const { build } = require('esbuild');

/** Packages of the app: on its pages with and without us. */
const HOST = [
  'react',
  'react-dom',
  'react-router-dom',
  '@backstage/*',
  '@material-ui/core',
];

/** Bytes after gzip. */
const PARTS = [
  {
    name: 'card',
    entry: '../src/components/card/EntityGitopsCard.tsx',
    limit: 30_000,
  },
  {
    name: 'tab',
    entry: '../src/components/content/EntityGitopsContent.tsx',
    limit: 120_000,
  },
];

/** @param {string} entry */
async function weigh(entry) {
  const { metafile, outputFiles } = await build({
    entryPoints: [resolve(__dirname, entry)],
    outdir: 'out',
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    target: 'es2020',
    jsx: 'automatic',
    // As the app's own bundler: dead code goes, lazily loaded code stays apart.
    splitting: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.css': 'local-css' },
    external: HOST.flatMap(name =>
      name.endsWith('*') ? [name] : [name, `${name}/*`],
    ),
    plugins: [ownPackages()],
    logLevel: 'error',
  });
  const name = Object.keys(metafile.outputs).find(
    path => metafile.outputs[path].entryPoint,
  );
  /** @type {Set<string>} */
  const loaded = new Set();
  (function follow(/** @type {string} */ path) {
    if (loaded.has(path) || !metafile.outputs[path]) {
      return;
    }
    loaded.add(path);
    const { imports, cssBundle } = metafile.outputs[path];
    for (const each of imports) {
      if (each.kind === 'import-statement') {
        follow(each.path);
      }
    }
    if (cssBundle) {
      follow(cssBundle);
    }
  })(/** @type {string} */ (name));

  /** @type {Map<string, number>} */
  const origins = new Map();
  let gzip = 0;
  for (const path of loaded) {
    const file = outputFiles.find(each => each.path.endsWith(path));
    gzip += gzipSync(file?.contents ?? '').length;
    for (const [input, { bytesInOutput }] of Object.entries(
      metafile.outputs[path].inputs,
    )) {
      const origin = originOf(input);
      origins.set(origin, (origins.get(origin) ?? 0) + bytesInOutput);
    }
  }
  return { gzip, origins: [...origins].sort(([, a], [, b]) => b - a) };
}

/** Our own packages begin with a name like any other; they are never the host's. */
function ownPackages() {
  return {
    name: 'own-packages',
    /** @param {import('esbuild').PluginBuild} setup */
    setup({ onResolve }) {
      onResolve({ filter: /^@backstage-gitops\// }, ({ path }) => ({
        path: require.resolve(path, { paths: [__dirname] }),
        sideEffects: false,
      }));
    },
  };
}

/** @param {string} input */
function originOf(input) {
  const [, module] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  const [, own] = /plugins\/([^/]+)\//.exec(resolve(input)) ?? [];
  return module ?? own ?? input;
}

async function main() {
  let tooHeavy = false;
  for (const { name, entry, limit } of PARTS) {
    const { gzip, origins } = await weigh(entry);
    tooHeavy ||= gzip > limit;
    process.stdout.write(
      `${name}: ${(gzip / 1000).toFixed(1)} kB gzip of at most ${
        limit / 1000
      } kB\n`,
    );
    for (const [origin, bytes] of origins) {
      process.stdout.write(
        `  ${(bytes / 1000).toFixed(1)} kB minified  ${origin}\n`,
      );
    }
  }
  process.exitCode = tooHeavy ? 1 : 0;
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

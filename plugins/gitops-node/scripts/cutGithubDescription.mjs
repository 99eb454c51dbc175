#!/usr/bin/env node
// Cuts the operations that GithubProvider calls out of GitHub's published description
// (npm: @octokit/openapi, MIT), half a gigabyte as a whole. Run it after adding a call:
//
//   npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz package/generated/api.github.com.json
//   node scripts/cutGithubDescription.mjs package/generated/api.github.com.json

import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS = [
  'GET /installation/repositories',
  'GET /meta',
  'GET /orgs/{org}',
  'POST /orgs/{org}/repos',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/branches',
  'GET /repos/{owner}/{repo}/compare/{basehead}',
  'GET /repos/{owner}/{repo}/contents/{path}',
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
  'GET /repos/{owner}/{repo}/git/ref/{ref}',
  'GET /repos/{owner}/{repo}/keys',
  'POST /repos/{owner}/{repo}/keys',
  'DELETE /repos/{owner}/{repo}/keys/{key_id}',
  'GET /repos/{owner}/{repo}/pulls',
  'POST /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
  'GET /repos/{owner}/{repo}/topics',
  'PUT /repos/{owner}/{repo}/topics',
  'GET /user',
  'GET /user/memberships/orgs/{org}',
  'POST /user/repos',
];

const [source] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(source, 'utf8'));
const paths = {};
const components = {};

function keep(reference) {
  const [, , kind, name] = reference.split('/');
  if (components[kind]?.[name] === undefined) {
    components[kind] ??= {};
    components[kind][name] = null;
    components[kind][name] = cut(whole.components[kind][name]);
  }
}

/** Drops what is for readers, and keeps what is referred to. */
function cut(node, within) {
  if (Array.isArray(node)) {
    return node.map(item => cut(item));
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  if (typeof node.$ref === 'string') {
    keep(node.$ref);
    return node;
  }
  const named = within === 'properties' || within === 'responses';
  return Object.fromEntries(
    Object.entries(node)
      .filter(
        ([key]) =>
          named ||
          !/^(description|summary|tags|example|examples|externalDocs|headers|title|x-.*)$/.test(
            key,
          ),
      )
      .map(([key, value]) => [key, cut(value, key)]),
  );
}

for (const operation of OPERATIONS) {
  const [method, path] = operation.split(' ');
  const found = whole.paths[path]?.[method.toLowerCase()];
  if (!found) {
    throw new Error(`No '${operation}' in ${source}`);
  }
  paths[path] ??= {};
  paths[path][method.toLowerCase()] = cut(found);
}

writeFileSync(
  new URL(
    '../src/git-hosts/github/__testUtils__/githubDescription.json',
    import.meta.url,
  ),
  `${JSON.stringify({
    openapi: whole.openapi,
    info: {
      title:
        'An excerpt of the GitHub v3 REST API, cut by scripts/cutGithubDescription.mjs',
      version: whole.info.version,
      license: whole.info.license,
    },
    paths,
    components,
  })}\n`,
);

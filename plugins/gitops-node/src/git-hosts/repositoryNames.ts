import type { RepositoryLocation } from './GitHostProvider';

/** A repository as errors call it. */
export function nameOf({ owner, name }: RepositoryLocation): string {
  return `${owner}/${name}`;
}

/** The names of accounts ignore case at all hosts. */
export function sameName(a: string, b: string): boolean {
  return a.toLocaleLowerCase('en-US') === b.toLocaleLowerCase('en-US');
}

/** A path for use in an address, its slashes kept. */
export function encodeSegments(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Kind and content of a public key, without its comment. */
export function keyContent(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(' ');
}

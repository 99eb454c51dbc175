import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modulesFolder } from '@backstage-gitops/control-plane';
import {
  fixturesFolder,
  type StatusFixture,
} from '@backstage-gitops/status-fixtures';

/** Set to record; without it the recordings are left alone. */
export const RECORDING = process.env.RECORD_FIXTURES === '1';

/** Writes what was seen beside the other recordings. */
export async function recordFixture(fixture: StatusFixture): Promise<void> {
  await writeFile(
    join(fixturesFolder, await fixtureFile(fixture.situation)),
    `${normalise(JSON.stringify(slimmed(fixture), undefined, 2))}\n`,
  );
}

/** File of a recording; it carries the versions that said it. */
export async function fixtureFile(situation: string): Promise<string> {
  const flux = await pinned('kustomize-controller', 'github.com/fluxcd');
  const kubernetes = await pinned('kubernetes', 'k8s.io');
  return `${situation}.flux-${flux}_kubernetes-${kubernetes}.json`;
}

async function pinned(module: string, path: string): Promise<string> {
  const text = await readFile(join(modulesFolder, module, 'go.mod'), 'utf8');
  const found = new RegExp(`${path}/${module} v([\\d.]+)`).exec(text);
  if (!found) {
    throw new Error(`no version of ${path}/${module} in its go.mod`);
  }
  return found[1];
}

/** Field managers name every field they own; only who wrote when is of use. */
function slimmed(fixture: StatusFixture): StatusFixture {
  return JSON.parse(JSON.stringify(fixture), (key, value) => {
    if (key === 'managedFields' && Array.isArray(value)) {
      return value.map(({ manager, operation, subresource, time }) => ({
        manager,
        operation,
        subresource,
        time,
      }));
    }
    return key === 'kubectl.kubernetes.io/last-applied-configuration'
      ? undefined
      : value;
  });
}

/** Makes the same what differs from run to run and means nothing. */
export function normalise(text: string): string {
  const numbered = (pattern: RegExp, name: (index: number) => string) => {
    const seen = new Map<string, string>();
    return (input: string) =>
      input.replace(pattern, found => {
        const known = seen.get(found) ?? name(seen.size + 1);
        seen.set(found, known);
        return known;
      });
  };
  const hexadecimal = (length: number) =>
    numbered(new RegExp(`\\b[0-9a-f]{${length}}\\b`, 'g'), index =>
      index.toString(16).repeat(length).slice(0, length),
    );
  return [
    hexadecimal(64),
    hexadecimal(40),
    numbered(
      /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
      index => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    ),
    numbered(/(?<="resourceVersion": ")\d+/g, String),
    (input: string) =>
      input
        .replace(/\b(localhost|127\.0\.0\.1|\[::1\]):\d+/g, '$1:3000')
        .replace(/(\/tmp\/[a-z-]+-)[\w-]+/gi, '$10'),
  ].reduce((result, step) => step(result), text);
}

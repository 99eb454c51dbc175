import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of the pinned Go modules, one `go.mod` and `go.sum` each. */
// This package only ever runs from its source.
// eslint-disable-next-line no-restricted-syntax
export const modulesFolder = resolve(__dirname, '../modules');

/** A program of the control plane and where it is built from. */
export interface Program {
  name: string;
  /** Folder below {@link modulesFolder}. */
  module: string;
  /** Go package of its `main`. */
  package: string;
  tags?: string;
}

export const PROGRAMS = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  {
    name: 'kube-apiserver',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
  },
  {
    name: 'kube-controller-manager',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  {
    name: 'kube-scheduler',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-scheduler',
  },
  { name: 'kwok', module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  {
    name: 'source-controller',
    module: 'source-controller',
    package: 'github.com/fluxcd/source-controller',
  },
  {
    name: 'kustomize-controller',
    module: 'kustomize-controller',
    package: 'github.com/fluxcd/kustomize-controller',
  },
  {
    name: 'gitea',
    module: 'gitea',
    package: 'code.gitea.io/gitea',
    tags: 'sqlite,sqlite_unlock_notify',
  },
] as const satisfies readonly Program[];

export type ProgramName = (typeof PROGRAMS)[number]['name'];

/** Outside the repository, so that every clone on a machine shares the builds. */
export function cacheFolder(): string {
  return join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'backstage-gitops/control-plane',
  );
}

/**
 * Where a program's build belongs. The key is made of the module files, the
 * package and the tags: another pin is another build.
 */
export async function programPath(program: Program): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) {
    hash.update(await readFile(join(modulesFolder, program.module, file)));
  }
  hash.update(program.package).update(program.tags ?? '');
  return join(
    cacheFolder(),
    `${program.name}-${hash.digest('hex').slice(0, 16)}`,
    program.name,
  );
}

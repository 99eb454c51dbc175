import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runGit } from '../../git/git';
import { readTar } from './readTar';

/** `status.artifact` of a source. */
export interface Artifact {
  path: string;
  url: string;
  revision: string;
  digest: string;
  lastUpdateTime: string;
  size: number;
}

const BASE_URL = 'http://source-controller.flux-system.svc.cluster.local.';

/** What Flux leaves out of every artifact. */
const EXCLUDED = [
  ...['.git', '.github', '.circleci'].map(name => `${name}/**`),
  ...['jpg', 'jpeg', 'gif', 'png', 'wmv', 'flv', 'zip', 'tar.gz'].map(
    extension => `**/*.${extension}`,
  ),
  '**/.gitignore',
  '**/.gitmodules',
  '**/.gitattributes',
  '.travis.yml',
  '.gitlab-ci.yml',
  'appveyor.yml',
  '.drone.yml',
  'cloudbuild.yaml',
  'codeship-services.yml',
  'codeship-steps.yml',
  '**/.goreleaser.yml',
  '**/.sops.yaml',
  '**/.flux.yaml',
].map(pattern => `:(exclude,glob)${pattern}`);

/** Archives of revisions, one directory per source, newest only. */
export class ArtifactStorage {
  constructor(private readonly directory: string) {}

  exists(artifact: Artifact): boolean {
    return existsSync(join(this.directory, artifact.path));
  }

  /** Archives a commit of a bare repository and drops what was stored before. */
  async store(options: {
    namespace: string;
    name: string;
    gitDir: string;
    commit: string;
    revision: string;
  }): Promise<Artifact> {
    const { namespace, name, commit } = options;
    const path = `gitrepository/${namespace}/${name}/${commit}.tar.gz`;
    const file = join(this.directory, path);
    const archive = await runGit(
      ['archive', '--format=tar.gz', commit, '--', '.', ...EXCLUDED],
      { gitDir: options.gitDir },
    );
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, archive);
    await rename(`${file}.new`, file);
    for (const other of await readdir(dirname(file))) {
      if (join(dirname(file), other) !== file) {
        await rm(join(dirname(file), other), { force: true });
      }
    }
    return {
      path,
      url: `${BASE_URL}/${path}`,
      revision: options.revision,
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      lastUpdateTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      size: archive.length,
    };
  }

  async removeAll(namespace: string, name: string): Promise<void> {
    await rm(join(this.directory, 'gitrepository', namespace, name), {
      recursive: true,
      force: true,
    });
  }

  /**
   * Files of an artifact by path.
   *
   * @returns undefined when the archive is no longer there
   * @throws Error when it is not the one that the digest names
   */
  async read(artifact: Artifact): Promise<Map<string, Buffer> | undefined> {
    let archive: Buffer;
    try {
      archive = await readFile(join(this.directory, artifact.path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
    const digest = `sha256:${createHash('sha256')
      .update(archive)
      .digest('hex')}`;
    if (digest !== artifact.digest) {
      throw new Error(
        `failed to verify archive: computed digest doesn't match provided digest '${artifact.digest}'`,
      );
    }
    return readTar(gunzipSync(archive));
  }
}

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  type ContentFile,
  MAX_CONTENT_BYTES,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { projectContents as table } from './tables';
import { databaseTime } from './time';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
/** Base64 and JSON around the most that a template may weigh, and some. */
const MAX_DECOMPRESSED_BYTES = 2 * MAX_CONTENT_BYTES;

/** The files of a first commit, ready to be stored. */
export interface PackedContent {
  /** Of the files as JSON, sorted by path: the same files give the same sum. */
  sha256: string;
  /** Bytes before compression. */
  size: number;
  content: Buffer;
}

/** The rendered template of each project, until its push was observed. */
export interface ContentStore {
  put(
    trx: Knex,
    projectId: string,
    packed: PackedContent,
    options: { expiresAt: string },
  ): Promise<void>;
  getFiles(projectId: string, trx?: Knex): Promise<ContentFile[] | undefined>;
  getSha256(projectId: string, trx?: Knex): Promise<string | undefined>;
  delete(trx: Knex, projectId: string): Promise<void>;
  /** @returns how many were deleted */
  deleteExpired(): Promise<number>;
}

/** Compresses files; done before a transaction, since it takes its time. */
export async function packContent(
  files: readonly ContentFile[],
): Promise<PackedContent> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const json = JSON.stringify(
    sorted.map(({ path, content, executable }) => ({
      path,
      content,
      ...(executable && { executable }),
    })),
  );
  return {
    sha256: createHash('sha256').update(json).digest('hex'),
    size: Buffer.byteLength(json),
    content: await compress(json),
  };
}

export class DatabaseContentStore implements ContentStore {
  static create(options: { knex: Knex }): DatabaseContentStore {
    return new DatabaseContentStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async put(
    trx: Knex,
    projectId: string,
    packed: PackedContent,
    options: { expiresAt: string },
  ) {
    const content = { ...packed, expiresAt: options.expiresAt };
    await trx(table.name)
      .insert(table.insertion({ projectId, ...content }))
      .onConflict(['project_id'])
      .merge(table.update(content));
  }

  async getFiles(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name).where({ project_id: projectId }).first();
    if (!row) {
      return undefined;
    }
    const json = await decompress(table.fromRow(row).content, {
      maxOutputLength: MAX_DECOMPRESSED_BYTES,
    });
    return JSON.parse(json.toString('utf8')) as ContentFile[];
  }

  async getSha256(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({ project_id: projectId })
      .first('sha256');
    return row?.sha256;
  }

  async delete(trx: Knex, projectId: string) {
    await trx(table.name).where({ project_id: projectId }).delete();
  }

  async deleteExpired() {
    return this.knex(table.name)
      .where('expires_at', '<=', databaseTime(this.knex))
      .delete();
  }
}

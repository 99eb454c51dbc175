import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import { withTransaction } from '../../database/withTransaction';
import type { EventStore } from '../../events/EventStore';
import type { Vault } from '../Vault';
import { sealedColumns, type SealedColumn } from './sealedColumns';

const BATCH = 100;
/** As many rows are named in the log; more would drown it. */
const NAMED_ROWS = 10;

/** What a pass over all secrets found and did. @internal */
export interface RewrapReport {
  /** Secrets that were sealed anew in this pass. */
  rewrapped: number;
  /** Number of secrets by the id of the key that they are sealed with now. */
  byKey: Record<string, number>;
  /** Why some could not be opened, each naming its row. */
  unreadable: string[];
}

/**
 * Seals secrets anew that were sealed with an older key, so that the older key can
 * be taken away, and tells which keys are still needed.
 *
 * Every row is changed for itself, and only if it still holds what was read: what
 * somebody writes meanwhile wins, a pass that is cut off is gone on with by the
 * next one, and two at the same time do no harm.
 *
 * @internal
 */
export class Rewrap {
  static create(options: {
    knex: Knex;
    vault: Vault;
    events: EventStore;
    logger: LoggerService;
  }): Rewrap {
    return new Rewrap(options);
  }

  private told = '';

  private constructor(
    private readonly options: {
      knex: Knex;
      vault: Vault;
      events: EventStore;
      logger: LoggerService;
    },
  ) {}

  /** One pass over all secrets, in small steps. */
  async run(options: { signal?: AbortSignal } = {}): Promise<RewrapReport> {
    const report: RewrapReport = { rewrapped: 0, byKey: {}, unreadable: [] };
    for (const column of sealedColumns()) {
      await this.pass(column, report, options.signal);
    }
    await this.tell(report);
    return report;
  }

  private async pass(
    column: SealedColumn,
    report: RewrapReport,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let last: string | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const rows = await this.readBatch(column, last);
      for (const row of rows) {
        await this.visit(column, row, report);
      }
      if (rows.length < BATCH) {
        return;
      }
      last = rows[rows.length - 1].key;
    }
  }

  private async readBatch(
    { table, key, column, path }: SealedColumn,
    after: string | undefined,
  ): Promise<{ key: string; value: unknown }[]> {
    const { knex } = this.options;
    const query = knex(table)
      .select({ key, value: column })
      .whereNotNull(column)
      .orderBy(key)
      .limit(BATCH);
    if (after !== undefined) {
      query.where(key, '>', after);
    }
    if (path.length > 0) {
      // Most rows have none any more.
      query.whereRaw('cast(?? as text) like ?', [
        column,
        `%"${path[path.length - 1]}"%`,
      ]);
    }
    return query;
  }

  private async visit(
    column: SealedColumn,
    row: { key: string; value: unknown },
    report: RewrapReport,
  ): Promise<void> {
    const { vault } = this.options;
    const envelope = envelopeIn(row.value, column.path);
    if (envelope === undefined) {
      return;
    }
    const count = (key: string) => {
      report.byKey[key] = (report.byKey[key] ?? 0) + 1;
    };
    const keyId = vault.keyIdOf(envelope);
    if (keyId === vault.sealingKeyId) {
      count(keyId);
      return;
    }
    let renewed: string;
    try {
      const location = column.location(row.key);
      renewed = vault.seal(vault.open(envelope, location), location);
    } catch (error) {
      count(keyId ?? '(no envelope)');
      report.unreadable.push(toError(error).message);
      return;
    }
    if (await this.replace(column, row, renewed)) {
      report.rewrapped += 1;
    }
    // If somebody else wrote it meanwhile, they sealed it with the same key, or
    // the next pass meets it.
    count(vault.sealingKeyId);
  }

  /** @returns false when the row does not hold any more what was read */
  private async replace(
    { table, key, column, path }: SealedColumn,
    row: { key: string; value: unknown },
    envelope: string,
  ): Promise<boolean> {
    const { knex } = this.options;
    return withTransaction(knex, async trx => {
      const query = trx(table).where({ [key]: row.key });
      if (typeof row.value === 'string') {
        query.where({ [column]: row.value });
      } else {
        // PostgreSQL's own JSON arrives parsed, and is compared by its content.
        query.whereRaw('?? = ?::jsonb', [column, JSON.stringify(row.value)]);
      }
      const changed = await query.update({
        [column]: withEnvelope(row.value, path, envelope),
      });
      return changed > 0;
    });
  }

  private async tell({
    rewrapped,
    byKey,
    unreadable,
  }: RewrapReport): Promise<void> {
    const { knex, vault, events, logger } = this.options;
    if (rewrapped > 0) {
      logger.info(
        `Sealed ${rewrapped} secrets anew with the encryption key '${vault.sealingKeyId}'`,
      );
      await withTransaction(knex, trx =>
        events.append(trx, {
          eventType: 'system',
          action: 'secrets-rewrapped',
          resourceType: 'encryption-key',
          resourceId: vault.sealingKeyId,
          message: `${rewrapped} secrets were sealed anew`,
          metadata: { rewrapped, byKey },
        }),
      );
    }
    const news = JSON.stringify([byKey, unreadable]);
    if (news === this.told) {
      return;
    }
    this.told = news;
    const counts = Object.entries(byKey).map(
      ([key, number]) => `'${key}' ${number}`,
    );
    logger.info(
      `Secrets by encryption key: ${counts.join(', ') || 'there are none'}`,
    );
    const unused = vault.keyIds.filter(
      key => key !== vault.sealingKeyId && !byKey[key],
    );
    if (unused.length > 0) {
      logger.info(
        `No secret is sealed any more with ${unused
          .map(key => `'${key}'`)
          .join(
            ', ',
          )}: take it out of gitops.encryption.keys when every replica of the portal has the newer key in front`,
      );
    }
    if (unreadable.length > 0) {
      logger.warn(
        `${unreadable.length} secrets cannot be opened. ${unreadable
          .slice(0, NAMED_ROWS)
          .join('. ')}`,
      );
    }
  }
}

function envelopeIn(
  value: unknown,
  path: readonly string[],
): string | undefined {
  let found =
    path.length > 0 && typeof value === 'string' ? JSON.parse(value) : value;
  for (const step of path) {
    found = (found as Record<string, unknown> | undefined)?.[step];
  }
  return typeof found === 'string' ? found : undefined;
}

function withEnvelope(
  value: unknown,
  path: readonly string[],
  envelope: string,
): string {
  if (path.length === 0) {
    return envelope;
  }
  const changed = structuredClone(
    typeof value === 'string' ? JSON.parse(value) : value,
  );
  let parent = changed;
  for (const step of path.slice(0, -1)) {
    parent = parent[step];
  }
  parent[path[path.length - 1]] = envelope;
  return JSON.stringify(changed);
}

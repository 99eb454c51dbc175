// @ts-check

/**
 * How a connection was made, when its tokens are to be renewed and checked, and
 * who is renewing them.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table, which other tables refer to.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const sqlite = knex.client.config.client.includes('sqlite');
  const time = sqlite ? 'datetime' : 'timestamptz';
  const json = sqlite ? 'json' : 'jsonb';
  for (const column of [
    `method text not null default 'token'`,
    `scopes ${json}`,
    `message text`,
    `revision integer not null default 0`,
    `refresh_at ${time}`,
    `refresh_failures integer not null default 0`,
    `refresh_attempt text`,
    `refresh_until ${time}`,
    `validate_at ${time}`,
  ]) {
    await knex.raw(`alter table git_platform_connections add column ${column}`);
  }
  for (const column of ['refresh_at', 'refresh_until', 'validate_at']) {
    await knex.raw(
      `create index git_platform_connections_${column}_index on git_platform_connections (${column})`,
    );
  }
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  for (const column of ['refresh_at', 'refresh_until', 'validate_at']) {
    await knex.raw(`drop index git_platform_connections_${column}_index`);
  }
  for (const column of [
    'method',
    'scopes',
    'message',
    'revision',
    'refresh_at',
    'refresh_failures',
    'refresh_attempt',
    'refresh_until',
    'validate_at',
  ]) {
    await knex.raw(
      `alter table git_platform_connections drop column ${column}`,
    );
  }
};

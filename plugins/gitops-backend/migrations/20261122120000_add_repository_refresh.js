// @ts-check

/**
 * What the last look at the Git host found, beside what was recorded when the
 * project was set up: a difference is shown, and never followed by itself.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table, and dropping the old one would cascade.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const sqlite = knex.client.config.client.includes('sqlite');
  const json = sqlite ? 'json' : 'jsonb';
  const time = sqlite ? 'datetime' : 'timestamptz';
  await knex.raw(`alter table repositories add column conflict ${json}`);
  await knex.raw(
    `alter table repositories add column last_refreshed_at ${time}`,
  );
  await knex.raw(
    'create index repositories_last_refreshed_at_index on repositories (last_refreshed_at)',
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('drop index repositories_last_refreshed_at_index');
  await knex.raw('alter table repositories drop column last_refreshed_at');
  await knex.raw('alter table repositories drop column conflict');
};

// @ts-check

/**
 * What the error of a cluster says, apart from any language; absent for words
 * from elsewhere.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const json = knex.client.config.client.includes('sqlite') ? 'json' : 'jsonb';
  await knex.raw(`alter table cluster_sessions add column wording ${json}`);
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('alter table cluster_sessions drop column wording');
};

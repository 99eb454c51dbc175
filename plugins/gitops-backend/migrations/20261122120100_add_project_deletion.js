// @ts-check

/**
 * That a project is to go, who said so, and what keeps it here. The row itself
 * is the last thing that a deletion takes away.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table, and dropping the old one would cascade.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const time = knex.client.config.client.includes('sqlite')
    ? 'datetime'
    : 'timestamptz';
  await knex.raw(
    `alter table projects add column deletion_requested_at ${time}`,
  );
  await knex.raw('alter table projects add column deletion_requested_by text');
  await knex.raw('alter table projects add column deletion_error text');
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('alter table projects drop column deletion_error');
  await knex.raw('alter table projects drop column deletion_requested_by');
  await knex.raw('alter table projects drop column deletion_requested_at');
};

// @ts-check

/**
 * Who stopped reconciling through the portal, why, since when, and when the
 * portal is to resume it. One that somebody made outside has none of it.
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
  await knex.raw('alter table gitops_resources add column suspended_by text');
  await knex.raw('alter table gitops_resources add column suspend_reason text');
  await knex.raw(
    `alter table gitops_resources add column suspended_at ${time}`,
  );
  await knex.raw(
    `alter table gitops_resources add column suspended_until ${time}`,
  );
  await knex.raw(
    'create index gitops_resources_suspended_until_index on gitops_resources (suspended_until) where suspended_until is not null',
  );
  await knex.raw(
    'create index gitops_resources_suspended_at_index on gitops_resources (suspended_at) where suspended_at is not null',
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('drop index gitops_resources_suspended_at_index');
  await knex.raw('drop index gitops_resources_suspended_until_index');
  for (const column of [
    'suspended_until',
    'suspended_at',
    'suspend_reason',
    'suspended_by',
  ]) {
    await knex.raw(`alter table gitops_resources drop column ${column}`);
  }
};

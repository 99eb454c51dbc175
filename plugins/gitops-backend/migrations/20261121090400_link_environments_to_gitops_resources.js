// @ts-check

/**
 * The direct way from an environment to its Kustomization. The two tables refer
 * to each other, so the column can only come once both exist.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder adds a foreign
 * key by rebuilding the table, and dropping the old one would cascade.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const type = knex.client.config.client.includes('sqlite')
    ? 'char(36)'
    : 'uuid';
  await knex.raw(
    `alter table environments add column gitops_resource_id ${type} references gitops_resources (id) on delete set null`,
  );
  await knex.raw(
    'create unique index environments_gitops_resource_id_unique on environments (gitops_resource_id)',
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('drop index environments_gitops_resource_id_unique');
  await knex.raw('alter table environments drop column gitops_resource_id');
};

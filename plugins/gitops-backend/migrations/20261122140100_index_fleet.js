// @ts-check

/**
 * What the fleet page sorts and counts by: the states of a project's environments,
 * read from the index alone, and the order of names.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.raw(
    'create index gitops_resources_fleet_index on gitops_resources (project_id, status, cluster) where environment_id is not null',
  );
  await knex.raw('create index projects_name_index on projects (name, slug)');
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.raw('drop index projects_name_index');
  await knex.raw('drop index gitops_resources_fleet_index');
};

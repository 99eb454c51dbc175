// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * Where the credential of a project stands in the clusters, as last seen, so that
 * a page can tell it without asking a cluster.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_locations', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('cluster').notNullable();
    table.text('namespace').notNullable();
    table.text('environment');
    table.text('secret_name').notNullable();
    table.text('status').notNullable();
    time(table, 'status_since').notNullable();
    table.uuid('auth_id');
    time(table, 'synced_at');
    createdAndUpdated(knex, table);

    table.unique(['cluster', 'namespace', 'secret_name'], {
      indexName: 'project_git_auth_locations_place_unique',
    });
    table.index(['project_id'], 'project_git_auth_locations_project_id_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_locations');
};

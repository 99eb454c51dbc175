// @ts-check

const { createdAndUpdated } = require('./support/columns');

/**
 * The user's connection that a project's git auth uses.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_oauth', table => {
    table.uuid('auth_id').primary();
    table.text('auth_type').notNullable().defaultTo('oauth');
    table
      .uuid('oauth_account_id')
      .notNullable()
      .references('id')
      .inTable('git_platform_connections')
      .onDelete('RESTRICT');
    table.index(['oauth_account_id'], 'project_git_auth_oauth_account_index');
    createdAndUpdated(knex, table);

    table.check(`auth_type = 'oauth'`, [], 'project_git_auth_oauth_kind_check');
    table
      .foreign(['auth_id', 'auth_type'], 'project_git_auth_oauth_auth_foreign')
      .references(['id', 'auth_type'])
      .inTable('project_git_auth')
      .onDelete('CASCADE');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_oauth');
};

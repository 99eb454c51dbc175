// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * A personal, project or group token as a project's git auth.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_token', table => {
    table.uuid('auth_id').primary();
    table.text('auth_type').notNullable().defaultTo('token');
    table.text('token_type').notNullable();
    table.text('token').notNullable();
    table.text('username');
    table.text('scopes');
    time(table, 'expires_at');
    table.index(['expires_at'], 'project_git_auth_token_expires_at_index');
    createdAndUpdated(knex, table);

    table.check(`auth_type = 'token'`, [], 'project_git_auth_token_kind_check');
    table
      .foreign(['auth_id', 'auth_type'], 'project_git_auth_token_auth_foreign')
      .references(['id', 'auth_type'])
      .inTable('project_git_auth')
      .onDelete('CASCADE');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_token');
};

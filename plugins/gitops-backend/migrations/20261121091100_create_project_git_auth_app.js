// @ts-check

const { createdAndUpdated } = require('./support/columns');

/**
 * An installed app as a project's git auth.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_app', table => {
    table.uuid('auth_id').primary();
    table.text('auth_type').notNullable().defaultTo('app');
    table.text('app_type').notNullable();
    table.text('app_id').notNullable();
    table.text('installation_id').notNullable();
    table.text('private_key').notNullable();
    createdAndUpdated(knex, table);

    table.check(`auth_type = 'app'`, [], 'project_git_auth_app_kind_check');
    table
      .foreign(['auth_id', 'auth_type'], 'project_git_auth_app_auth_foreign')
      .references(['id', 'auth_type'])
      .inTable('project_git_auth')
      .onDelete('CASCADE');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_app');
};

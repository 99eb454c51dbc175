// @ts-check

const { createdAndUpdated } = require('./support/columns');

/**
 * An SSH deploy key as a project's git auth.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_ssh', table => {
    table.uuid('auth_id').primary();
    table.text('auth_type').notNullable().defaultTo('ssh');
    table.text('public_key').notNullable();
    table.text('private_key').notNullable();
    table.text('fingerprint').notNullable();
    table.text('known_hosts').notNullable();
    table.text('provider_key_id');
    createdAndUpdated(knex, table);

    table.check(`auth_type = 'ssh'`, [], 'project_git_auth_ssh_kind_check');
    table
      .foreign(['auth_id', 'auth_type'], 'project_git_auth_ssh_auth_foreign')
      .references(['id', 'auth_type'])
      .inTable('project_git_auth')
      .onDelete('CASCADE');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_ssh');
};

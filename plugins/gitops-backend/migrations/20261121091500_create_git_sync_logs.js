// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * What the portal did at a Git host, and how it ended.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('git_sync_logs', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table
      .uuid('connection_id')
      .references('id')
      .inTable('git_platform_connections')
      .onDelete('SET NULL');
    table.text('provider').notNullable();
    table.text('host').notNullable();
    table.text('sync_type').notNullable();
    table.text('action').notNullable();
    table.text('status').notNullable();
    table.text('error');
    time(table, 'started_at').notNullable();
    time(table, 'finished_at').notNullable();
    createdAndUpdated(knex, table);

    table.index(['project_id', 'started_at'], 'git_sync_logs_project_id_index');
    table.index(['connection_id'], 'git_sync_logs_connection_id_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('git_sync_logs');
};

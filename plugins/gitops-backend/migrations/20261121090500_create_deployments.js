// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * One revision reaching one environment.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('deployments', table => {
    table.uuid('id').primary();
    table
      .uuid('environment_id')
      .notNullable()
      .references('id')
      .inTable('environments')
      .onDelete('CASCADE');
    table
      .uuid('gitops_resource_id')
      .references('id')
      .inTable('gitops_resources')
      .onDelete('SET NULL');
    table.text('commit_hash').notNullable();
    table.text('deployment_method').notNullable().defaultTo('gitops');
    table.text('status').notNullable();
    table.text('deployed_by');
    time(table, 'started_at').notNullable();
    time(table, 'finished_at');
    table.text('message');
    createdAndUpdated(knex, table);

    table.index(
      ['environment_id', 'started_at', 'id'],
      'deployments_environment_id_index',
    );
    table.index(['gitops_resource_id'], 'deployments_gitops_resource_id_index');
  });
  await knex.raw(
    `create unique index deployments_running_unique on deployments (environment_id) where status = 'running'`,
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('deployments');
};

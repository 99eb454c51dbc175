// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * What Flux reads a project's repository with; the secret is in the child row of the same kind.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('auth_type').notNullable();
    table.text('created_by').notNullable();
    table.text('validation_status').notNullable().defaultTo('unknown');
    time(table, 'last_validated_at');
    createdAndUpdated(knex, table);

    table.unique(['project_id'], {
      indexName: 'project_git_auth_project_id_unique',
    });
    // What the child rows refer to, so that kind and child always agree.
    table.unique(['id', 'auth_type'], {
      indexName: 'project_git_auth_id_auth_type_unique',
    });
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth');
};

// @ts-check

const { createdAndUpdated } = require('./support/columns');

/**
 * The repository of a project at its Git host. Nothing about Flux belongs here.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('repositories', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('provider').notNullable();
    table.text('host').notNullable();
    table.text('owner').notNullable();
    table.text('name').notNullable();
    table.text('visibility').notNullable();
    table.text('url').notNullable();
    table.text('clone_url').notNullable();
    table.text('default_branch').notNullable().defaultTo('main');
    table.text('provider_repository_id').notNullable();
    table.text('first_commit');
    createdAndUpdated(knex, table);

    table.unique(['project_id'], {
      indexName: 'repositories_project_id_unique',
    });
    table.unique(['host', 'owner', 'name'], {
      indexName: 'repositories_location_unique',
    });
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('repositories');
};

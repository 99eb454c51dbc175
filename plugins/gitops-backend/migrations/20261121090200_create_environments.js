// @ts-check

const { createdAndUpdated, time, utcNow } = require('./support/columns');

/**
 * A named stage of a project on one cluster.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('environments', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('name').notNullable();
    table.text('display_name').notNullable();
    table.text('type').notNullable();
    table.text('description');
    table.text('status').notNullable().defaultTo('pending');
    time(table, 'status_since').notNullable().defaultTo(utcNow(knex));
    table.text('cluster').notNullable();
    table.text('namespace').notNullable();
    table.integer('position').notNullable();
    table.jsonb('config');
    createdAndUpdated(knex, table);

    table.unique(['project_id', 'name'], {
      indexName: 'environments_project_id_name_unique',
    });
    table.unique(['cluster', 'namespace'], {
      indexName: 'environments_cluster_namespace_unique',
    });
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('environments');
};

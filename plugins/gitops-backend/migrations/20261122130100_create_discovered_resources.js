// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * A Flux object that the portal did not create and that an entity of the
 * catalog points to, with the last state seen of it. It belongs to no project:
 * a table of its own keeps the rules of `gitops_resources` whole.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('discovered_resources', table => {
    table.uuid('id').primary();
    table.text('cluster').notNullable();
    table.text('namespace').notNullable();
    table.text('kind').notNullable();
    table.text('name').notNullable();
    table.text('kubernetes_id');
    table.boolean('annotated').notNullable().defaultTo(false);
    table.text('status').notNullable().defaultTo('pending');
    table.text('status_reason');
    table.text('status_message');
    time(table, 'status_since');
    time(table, 'last_status_update_at');
    table.text('revision');
    table.text('observed');
    table.text('attributes');
    table.text('diagnosis');
    table.integer('version').notNullable().defaultTo(0);
    createdAndUpdated(knex, table);

    table.unique(['cluster', 'namespace', 'kind', 'name'], {
      indexName: 'discovered_resources_object_unique',
    });
    table.index(['kubernetes_id'], 'discovered_resources_kubernetes_id_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('discovered_resources');
};

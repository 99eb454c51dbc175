// @ts-check

const { createdAndUpdated, time, utcNow } = require('./support/columns');

/**
 * One service under GitOps: its identity, its life and the run that sets it up.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('projects', table => {
    table.uuid('id').primary();
    table.text('slug').notNullable();
    table.text('name').notNullable();
    table.text('description');
    table.text('status').notNullable().defaultTo('initializing');
    time(table, 'status_since').notNullable().defaultTo(utcNow(knex));
    table.text('entity_ref').notNullable();
    table.text('owner_ref').notNullable();
    table.text('created_by').notNullable();
    table.text('template_id');
    table.text('wishes').notNullable();
    table.integer('version').notNullable().defaultTo(1);

    table.text('initialization_job_id');
    table.text('initialization_through');
    table.integer('initialization_attempt').notNullable().defaultTo(1);
    time(table, 'initialization_started_at');
    time(table, 'initialization_completed_at');
    table.text('initialization_error');
    table.text('initialization_host_token');

    table.text('lease_holder');
    time(table, 'lease_until');
    table.integer('lease_fence').notNullable().defaultTo(0);

    createdAndUpdated(knex, table);

    table.unique(['slug'], { indexName: 'projects_slug_unique' });
    table.unique(['entity_ref'], { indexName: 'projects_entity_ref_unique' });
    table.index(['status', 'status_since'], 'projects_status_index');
    table.index(['owner_ref'], 'projects_owner_ref_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('projects');
};

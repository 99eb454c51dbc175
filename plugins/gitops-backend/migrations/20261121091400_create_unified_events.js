// @ts-check

const { time, utcNow } = require('./support/columns');

/**
 * What happened, who did it and when. Rows are only ever added.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('unified_events', table => {
    table.uuid('id').primary();
    time(table, 'timestamp').notNullable();
    table.text('event_type').notNullable();
    table.text('action').notNullable();
    table.text('severity').notNullable().defaultTo('info');
    // No foreign keys: the history outlives what it tells of.
    table.uuid('project_id');
    table.text('resource_type').notNullable();
    table.text('resource_id').notNullable();
    table.text('user_id');
    table.text('organization_id');
    table.text('message');
    table.jsonb('metadata');
    table.text('ip_address');
    table.text('user_agent');
    time(table, 'created_at').notNullable().defaultTo(utcNow(knex));

    table.index(
      ['project_id', 'timestamp', 'id'],
      'unified_events_project_id_index',
    );
    table.index(
      ['resource_type', 'resource_id', 'timestamp'],
      'unified_events_resource_index',
    );
    table.index(['timestamp'], 'unified_events_timestamp_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('unified_events');
};

// @ts-check

const { createdAndUpdated, time, utcNow } = require('./support/columns');

/**
 * Who watches a cluster, and how fresh the portal's knowledge of it is.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('cluster_sessions', table => {
    table.text('cluster').primary();
    table.text('holder');
    time(table, 'lease_until');
    table.integer('fence').notNullable().defaultTo(0);
    table.text('state').notNullable().defaultTo('connecting');
    time(table, 'state_since').notNullable().defaultTo(utcNow(knex));
    table.text('error');
    time(table, 'last_synced_at');
    createdAndUpdated(knex, table);
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('cluster_sessions');
};

// @ts-check

const { createdAndUpdated, time, utcNow } = require('./support/columns');

/**
 * A user's link to an account at a Git host.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('git_platform_connections', table => {
    table.uuid('id').primary();
    table.text('user_id').notNullable();
    table.text('provider').notNullable();
    table.text('server_url').notNullable();
    table.text('server_type').notNullable();
    table.text('provider_account_id').notNullable();
    table.text('username');
    table.text('email');
    table.text('avatar_url');
    table.text('access_token').notNullable();
    table.text('refresh_token');
    time(table, 'expires_at');
    table.text('status').notNullable().defaultTo('active');
    time(table, 'status_since').notNullable().defaultTo(utcNow(knex));
    table.text('purpose').notNullable();
    time(table, 'connected_at').notNullable();
    time(table, 'last_sync_at');
    table.jsonb('metadata');
    createdAndUpdated(knex, table);

    table.unique(['user_id', 'provider', 'server_url', 'provider_account_id'], {
      indexName: 'git_platform_connections_account_unique',
    });
    table.index(['expires_at'], 'git_platform_connections_expires_at_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('git_platform_connections');
};

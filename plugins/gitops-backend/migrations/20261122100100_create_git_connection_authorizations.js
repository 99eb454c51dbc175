// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * Users who were sent to a Git host to consent and did not come back yet. Taking
 * the row away is what makes the answer usable once, at whichever replica.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('git_connection_authorizations', table => {
    table.uuid('id').primary();
    table.text('user_id').notNullable();
    table.text('server_url').notNullable();
    time(table, 'expires_at').notNullable();
    createdAndUpdated(knex, table);

    table.index(
      ['expires_at'],
      'git_connection_authorizations_expires_at_index',
    );
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('git_connection_authorizations');
};

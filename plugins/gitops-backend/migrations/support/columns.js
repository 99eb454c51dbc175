// @ts-check

/**
 * Default of a time column. SQLite keeps times as text, so the default is
 * written in the very form the application writes: RFC 3339 in UTC with
 * milliseconds. Then comparing text is comparing time.
 *
 * @param {import('knex').Knex} knex
 */
function utcNow(knex) {
  return knex.client.config.client.includes('sqlite')
    ? knex.raw(`(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`)
    : knex.fn.now();
}

/**
 * @param {import('knex').Knex.CreateTableBuilder} table
 * @param {string} name
 */
function time(table, name) {
  return table.timestamp(name, { useTz: true });
}

/**
 * @param {import('knex').Knex} knex
 * @param {import('knex').Knex.CreateTableBuilder} table
 */
function createdAndUpdated(knex, table) {
  time(table, 'created_at').notNullable().defaultTo(utcNow(knex));
  time(table, 'updated_at').notNullable().defaultTo(utcNow(knex));
}

module.exports = { createdAndUpdated, time, utcNow };

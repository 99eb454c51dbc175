// @ts-check

/** Where messages of the portal's own are stored, and what they are called there. */
const WORDINGS = {
  git_platform_connections: 'wording',
  project_git_auth: 'validation_wording',
};

/**
 * What the messages of credentials and connections say, for readers of other
 * languages. Messages that are there already stay as they are until the next one.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table, and dropping the old one would cascade.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const json = knex.client.config.client.includes('sqlite') ? 'json' : 'jsonb';
  for (const [table, column] of Object.entries(WORDINGS)) {
    await knex.raw(`alter table ${table} add column ${column} ${json}`);
  }
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  for (const [table, column] of Object.entries(WORDINGS)) {
    await knex.raw(`alter table ${table} drop column ${column}`);
  }
};

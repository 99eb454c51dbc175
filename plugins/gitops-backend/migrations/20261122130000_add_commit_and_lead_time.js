// @ts-check

const { time } = require('./support/columns');

const TEXTS = ['commit_title', 'commit_author'];
const TIMES = ['committed_at', 'fetched_at', 'applied_at', 'healthy_at'];

/**
 * What the Git host tells of a deployed commit, and when it passed which point
 * on its way into the environment.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('deployments', table => {
    TEXTS.forEach(name => table.text(name));
    TIMES.forEach(name => time(table, name));
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.alterTable('deployments', table => {
    table.dropColumns(...TEXTS, ...TIMES);
  });
};

// @ts-check

const TABLES = ['gitops_resources', 'discovered_resources'];

/**
 * The status engine asks each second which rows have no object yet; there are
 * almost none, and they are not to be searched for among all the others.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  for (const table of TABLES) {
    await knex.raw(
      `create index ${table}_unobserved_index on ${table} (cluster) where observed is null`,
    );
  }
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  for (const table of TABLES) {
    await knex.raw(`drop index ${table}_unobserved_index`);
  }
};

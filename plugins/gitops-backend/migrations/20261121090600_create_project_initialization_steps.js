// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * One row per step and attempt of a set-up.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_initialization_steps', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.integer('attempt').notNullable();
    table.text('step').notNullable();
    table.text('display_name').notNullable();
    table.integer('sequence').notNullable();
    table.integer('weight').notNullable();
    table.text('status').notNullable().defaultTo('pending');
    table.integer('progress').notNullable().defaultTo(0);
    table.integer('duration');
    table.text('error');
    table.text('details');
    time(table, 'started_at');
    time(table, 'completed_at');
    createdAndUpdated(knex, table);

    table.check(
      'progress between 0 and 100',
      [],
      'project_initialization_steps_progress_check',
    );
    table.unique(['project_id', 'step', 'attempt'], {
      indexName: 'project_initialization_steps_attempt_unique',
    });
    table.index(
      ['project_id', 'attempt', 'sequence'],
      'project_initialization_steps_order_index',
    );
    table.index(
      ['status', 'started_at'],
      'project_initialization_steps_status_index',
    );
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_initialization_steps');
};

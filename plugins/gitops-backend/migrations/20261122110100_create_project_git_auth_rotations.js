// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * One replacement of a project's credential, from its wish to the end of the old
 * one. Whoever finds it unfinished goes on with it.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_git_auth_rotations', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('phase').notNullable();
    time(table, 'phase_since').notNullable();
    table.text('wish').notNullable();
    table.text('started_by');
    time(table, 'started_at').notNullable();
    time(table, 'finished_at');
    // No foreign keys: one does not exist yet, the other will not any more.
    table.uuid('old_auth_id').notNullable();
    table.uuid('new_auth_id').notNullable();
    table.text('host_token');
    table.text('trial_request');
    table.text('final_request');
    table.text('error');
    table.integer('failures').notNullable().defaultTo(0);
    time(table, 'next_attempt_at');
    createdAndUpdated(knex, table);

    table.index(
      ['project_id', 'started_at'],
      'project_git_auth_rotations_project_id_index',
    );
  });
  await knex.raw(
    `create unique index project_git_auth_rotations_unfinished_unique
       on project_git_auth_rotations (project_id) where finished_at is null`,
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_git_auth_rotations');
};

// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * The rendered template of a project, kept until its push was observed.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('project_contents', table => {
    table
      .uuid('project_id')
      .primary()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table.text('sha256').notNullable();
    table.integer('size').notNullable();
    table.binary('content').notNullable();
    time(table, 'expires_at').notNullable();
    createdAndUpdated(knex, table);

    table.check('size >= 0', [], 'project_contents_size_check');
    table.index(['expires_at'], 'project_contents_expires_at_index');
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('project_contents');
};

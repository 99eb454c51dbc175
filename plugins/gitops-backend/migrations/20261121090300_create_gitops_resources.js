// @ts-check

const { createdAndUpdated, time } = require('./support/columns');

/**
 * A Flux object that a project owns, with the last state seen of it.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('gitops_resources', table => {
    table.uuid('id').primary();
    table
      .uuid('project_id')
      .notNullable()
      .references('id')
      .inTable('projects')
      .onDelete('CASCADE');
    table
      .uuid('environment_id')
      .references('id')
      .inTable('environments')
      .onDelete('CASCADE');
    table
      .uuid('repository_id')
      .references('id')
      .inTable('repositories')
      .onDelete('CASCADE');
    table.text('type').notNullable();
    table.text('cluster').notNullable();
    table.text('namespace').notNullable();
    table.text('name').notNullable();
    table.text('uid');
    table.bigInteger('generation');
    table.boolean('suspended').notNullable().defaultTo(false);
    table.jsonb('config');

    table.text('status').notNullable().defaultTo('pending');
    table.text('status_reason');
    table.text('status_message');
    time(table, 'status_since');
    time(table, 'last_status_update_at');
    time(table, 'ready_since');
    time(table, 'recheck_at');
    table.text('last_applied_revision');
    time(table, 'last_applied_at');
    table.text('last_attempted_revision');
    time(table, 'last_attempted_at');
    table.text('error_message');
    table.text('observed');
    table.text('attributes');
    table.text('diagnosis');
    table.integer('version').notNullable().defaultTo(0);
    createdAndUpdated(knex, table);

    // A source serves all environments of a project, so it belongs to none.
    table.check(
      `(type = 'kustomization' and environment_id is not null) or (type = 'git-repository' and environment_id is null)`,
      [],
      'gitops_resources_environment_check',
    );
    table.unique(['cluster', 'namespace', 'type', 'name'], {
      indexName: 'gitops_resources_object_unique',
    });
    table.index(['project_id'], 'gitops_resources_project_id_index');
    table.index(['repository_id'], 'gitops_resources_repository_id_index');
    table.index(
      ['status', 'last_status_update_at'],
      'gitops_resources_status_index',
    );
    table.index(['recheck_at'], 'gitops_resources_recheck_at_index');
  });
  await knex.raw(
    `create unique index gitops_resources_kustomization_unique on gitops_resources (environment_id) where type = 'kustomization'`,
  );
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex.schema.dropTable('gitops_resources');
};

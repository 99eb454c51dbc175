// @ts-check

/** Columns by table, in the order they are added. */
const COLUMNS = {
  project_git_auth: {
    slot: `text not null default 'current'`,
    expires_at: 'time',
    expiry_warning_days: 'integer',
    validation_message: 'text',
    last_used_at: 'time',
  },
  project_git_auth_token: { provider_token_id: 'text' },
  project_git_auth_ssh: { url: 'text' },
};

/**
 * The life of a credential: whether it is the one in use or on its way in or
 * out, until when it lasts, and what it is known by at the host.
 *
 * Plain `alter table` on purpose: on SQLite the schema builder drops a column by
 * rebuilding the table, and dropping the old one would cascade.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  const time = knex.client.config.client.includes('sqlite')
    ? 'datetime'
    : 'timestamptz';
  for (const [table, columns] of Object.entries(COLUMNS)) {
    for (const [name, type] of Object.entries(columns)) {
      await knex.raw(
        `alter table ${table} add column ${name} ${
          type === 'time' ? time : type
        }`,
      );
    }
  }
  await knex.schema.alterTable('project_git_auth', table => {
    table.dropUnique(['project_id'], 'project_git_auth_project_id_unique');
    // One in use, at most one on its way in and one on its way out.
    table.unique(['project_id', 'slot'], {
      indexName: 'project_git_auth_project_id_slot_unique',
    });
  });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex('project_git_auth').whereNot({ slot: 'current' }).delete();
  await knex.schema.alterTable('project_git_auth', table => {
    table.dropUnique(
      ['project_id', 'slot'],
      'project_git_auth_project_id_slot_unique',
    );
    table.unique(['project_id'], {
      indexName: 'project_git_auth_project_id_unique',
    });
  });
  for (const [table, columns] of Object.entries(COLUMNS).reverse()) {
    for (const name of Object.keys(columns).reverse()) {
      await knex.raw(`alter table ${table} drop column ${name}`);
    }
  }
};

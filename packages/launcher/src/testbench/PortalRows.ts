import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A row in the names and values that SQL has. */
export type Row = Record<string, string | number | null>;

/** What the GitOps plugin has stored, read behind the portal's back. */
export class PortalRows {
  readonly #file: string;

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, 'db', 'gitops.sqlite');
  }

  select(sql: string, ...values: string[]): Row[] {
    // Opened for each reading: the portal is stopped, killed and started again.
    const database = new DatabaseSync(this.#file, { readOnly: true });
    try {
      return database
        .prepare(sql)
        .all(...values)
        .map(row => ({ ...row } as Row));
    } finally {
      database.close();
    }
  }

  project(slug: string): Row | undefined {
    return this.select('select * from projects where slug = ?', slug)[0];
  }

  /** Rows that belong to a project, the first column after `order by` first. */
  ofProject(table: string, slug: string, orderBy: string): Row[] {
    return this.select(
      `select t.* from ${table} t join projects p on p.id = t.project_id where p.slug = ? order by t.${orderBy}`,
      slug,
    );
  }

  /** Status of the steps in their order, of the newest attempt. */
  steps(slug: string): string[] {
    return this.select(
      `select s.step, s.status from project_initialization_steps s
         join projects p on p.id = s.project_id and p.initialization_attempt = s.attempt
        where p.slug = ? order by s.sequence`,
      slug,
    ).map(({ step, status }) => `${step} ${status}`);
  }
}

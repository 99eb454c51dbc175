import type { CredentialSummaryDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { shownVersion } from '../database/shownVersion';
import {
  projectGitAuth,
  projectInitializationSteps,
  projects,
  repositories,
} from '../database/tables';
import {
  shownCredentials,
  shownProjects,
  shownRepositories,
  shownSteps,
  type ShownProject,
  type ShownRepository,
  type ShownStep,
} from './shownColumns';

/** A project with what belongs to it alone: all of it comes with one query. */
export interface ProjectRecord {
  project: ShownProject;
  repository?: ShownRepository;
  credential?: CredentialSummaryDocument;
  /** Of the newest attempt; empty where they were not asked for. */
  steps: ShownStep[];
}

/** What a project is found by. */
export type ProjectKey =
  | { slug: string }
  | { id: string }
  | { entityRef: string };

/**
 * Reads a project in one query.
 *
 * @param options - `history` brings the steps of a set-up that has ended, too.
 */
export async function findProject(
  knex: Knex,
  key: ProjectKey,
  options: { history: boolean },
): Promise<ProjectRecord | undefined> {
  const [[column, value]] = Object.entries(key);
  const rows: Record<string, unknown>[] = await knex(projects.name)
    .leftJoin(
      repositories.name,
      repositories.qualified('projectId'),
      projects.qualified('id'),
    )
    .leftJoin(projectGitAuth.name, join =>
      join
        .on(projectGitAuth.qualified('projectId'), projects.qualified('id'))
        .andOnVal(projectGitAuth.qualified('slot'), 'current'),
    )
    .leftJoin(projectInitializationSteps.name, join => {
      join
        .on(
          projectInitializationSteps.qualified('projectId'),
          projects.qualified('id'),
        )
        .andOn(
          projectInitializationSteps.qualified('attempt'),
          projects.qualified('initializationAttempt'),
        );
      if (!options.history) {
        join.andOnIn(projects.qualified('status'), ['initializing', 'failed']);
      }
    })
    .where(projects.qualified(column as 'slug' | 'id' | 'entityRef'), value)
    .orderBy(projectInitializationSteps.qualified('sequence'))
    .select([
      ...shownProjects.selection('p_'),
      ...shownRepositories.selection('r_'),
      ...shownCredentials.selection('a_'),
      ...shownSteps.selection('s_'),
      knex.raw('? as shown_version', [shownVersion(knex)]),
    ]);
  const [row] = rows;
  return (
    row && {
      project: {
        ...shownProjects.fromRow(row, 'p_'),
        version: Number(row.shown_version),
      },
      ...(row.r_id !== null && {
        repository: shownRepositories.fromRow(row, 'r_'),
      }),
      ...(row.a_id !== null && { credential: credentialSummary(row) }),
      steps: rows.flatMap(each =>
        each.s_id === null ? [] : [shownSteps.fromRow(each, 's_')],
      ),
    }
  );
}

function credentialSummary(
  row: Record<string, unknown>,
): CredentialSummaryDocument {
  const { authType, validationStatus, expiresAt } = shownCredentials.fromRow(
    row,
    'a_',
  );
  return { authType, validationStatus, expiresAt };
}

import {
  DEFAULT_NAMESPACE,
  KubernetesValidatorFunctions,
  parseEntityRef,
  stringifyEntityRef,
  type CompoundEntityRef,
} from '@backstage/catalog-model';
import { InputError } from '@backstage/errors';
import {
  arrangeFiles,
  type Directory,
  type GitHostProvider,
  type GitHostRegistry,
} from '@backstage-gitops/plugin-gitops-node';
import {
  DEFAULT_ENVIRONMENTS,
  type ContentFile,
  type createProjectRequestSchema,
  type EnvironmentWish,
  overlayPath,
  validateNames,
} from '@backstage-gitops/plugin-gitops-common';
import type { z } from 'zod/v3';
import type { ClusterRegistry } from '../clusters';
import type { ProjectWishes, WishedEnvironment } from '../database/tables';
import { completeWish } from './completeWish';

/** `POST /projects` after its schema. @internal */
export type ProjectRequest = z.output<typeof createProjectRequestSchema>;

/** A request that can be carried out, with every default filled in. @internal */
export interface CheckedRequest {
  slug: string;
  name: string;
  description?: string;
  ownerRef: string;
  entityRef: string;
  templateRef?: string;
  taskId?: string;
  repository: ProjectWishes['repository'];
  environments: WishedEnvironment[];
  files: ContentFile[];
  provider: GitHostProvider;
}

const KUSTOMIZATION_FILES = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
];
// Narrower than any host: what is left out would need quoting somewhere.
const REPOSITORY_PART = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/;

/**
 * Finds what would make a set-up fail later, before anything is made: names, Git
 * host, visibility, clusters, files and the overlay of each environment.
 *
 * @throws InputError with all problems of the names and files at once.
 * @internal
 */
export async function checkRequest(
  request: ProjectRequest,
  portal: { gitHosts: GitHostRegistry; clusters: ClusterRegistry },
): Promise<CheckedRequest> {
  const wishes: readonly EnvironmentWish[] =
    request.environments ?? DEFAULT_ENVIRONMENTS;
  const names = wishes.map(({ name }) => name);
  const tree = arrangeFiles(request.files);
  const problems = [
    ...validateNames(request.slug, names),
    ...repositoryProblems(request.repository),
  ];
  if (problems.length === 0) {
    problems.push(...overlayProblems(tree, names));
  }
  if (problems.length > 0) {
    throw new InputError(problems.join('; '));
  }

  const provider = portal.gitHosts.get(request.repository.host);
  await portal.gitHosts.checkUrl(provider.baseUrl);
  if (!provider.visibilities.includes(request.repository.visibility)) {
    throw new InputError(
      `Git host '${provider.host}' has no repositories of visibility '${
        request.repository.visibility
      }': choose one of ${provider.visibilities.join(', ')}`,
    );
  }

  const environments: WishedEnvironment[] = [];
  for (const wish of wishes) {
    environments.push(await completeWish(wish, portal.clusters));
  }

  return {
    slug: request.slug,
    name: request.name ?? request.slug,
    description: request.description,
    ownerRef: fullRef(request.ownerRef, 'ownerRef', 'group'),
    entityRef: fullRef(
      request.entityRef ?? request.slug,
      'entityRef',
      'component',
    ),
    templateRef: request.templateRef,
    taskId: request.taskId,
    repository: request.repository,
    environments,
    files: request.files,
    provider,
  };
}

function repositoryProblems(
  repository: ProjectRequest['repository'],
): string[] {
  const problems: string[] = [];
  for (const [what, value] of [
    ['owner', repository.owner],
    ['name', repository.name],
  ]) {
    if (!REPOSITORY_PART.test(value) || value.endsWith('.git')) {
      problems.push(
        `repository ${what} '${value}' must consist of letters, digits, '.', '_' and '-', and must not end with '.git'`,
      );
    }
  }
  const branch = repository.defaultBranch;
  if (
    !BRANCH.test(branch) ||
    /\.\.|\/\/|\/\.|\.lock(\/|$)|[/.]$/.test(branch)
  ) {
    problems.push(`'${branch}' cannot be the name of a branch`);
  }
  return problems;
}

function overlayProblems(
  tree: Directory,
  environments: readonly string[],
): string[] {
  return environments.flatMap(environment => {
    let directory: Directory | undefined = tree;
    for (const segment of overlayPath(environment).split('/')) {
      directory = directory?.directories.get(segment);
    }
    return KUSTOMIZATION_FILES.some(file => directory?.files.has(file))
      ? []
      : [
          `environment '${environment}' has no overlay: add ${overlayPath(
            environment,
          )}/kustomization.yaml to the template, or leave the environment out`,
        ];
  });
}

function fullRef(ref: string, field: string, defaultKind: string): string {
  let parsed: CompoundEntityRef | undefined;
  try {
    parsed = parseEntityRef(ref, {
      defaultKind,
      defaultNamespace: DEFAULT_NAMESPACE,
    });
  } catch {
    // Said below, together with what the parser lets through.
  }
  if (
    !parsed ||
    !KubernetesValidatorFunctions.isValidObjectName(parsed.name) ||
    !KubernetesValidatorFunctions.isValidNamespace(parsed.namespace) ||
    !/^[a-z][a-z0-9]*$/i.test(parsed.kind)
  ) {
    throw new InputError(
      `${field} '${ref}' is not an entity reference: write it as kind:namespace/name`,
    );
  }
  return stringifyEntityRef(parsed);
}

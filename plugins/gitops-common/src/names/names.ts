/** Prefix of the product's own labels and annotations. @public */
export const LABEL_PREFIX = 'backstage-gitops.dev/';
/** Slug of the project that owns an object; decides ownership. @public */
export const PROJECT_LABEL = `${LABEL_PREFIX}project`;
/** Name of the environment an object belongs to. @public */
export const ENVIRONMENT_LABEL = `${LABEL_PREFIX}environment`;
/** @public */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/**
 * Annotation of a Flux object that the portal suspended: when it did (RFC 3339).
 * By it, one suspension is told from the next.
 * @public
 */
export const SUSPENDED_AT_ANNOTATION = `${LABEL_PREFIX}suspended-at`;
/** Value of {@link MANAGED_BY_LABEL}; also the field manager of every apply. @public */
export const MANAGER = 'backstage-gitops';
/** Annotation that lets Backstage's Kubernetes plugin find the workloads. @public */
export const KUBERNETES_ID_LABEL = 'backstage.io/kubernetes-id';
/** Annotation of a catalog entity: the slug of its project. @public */
export const ENTITY_PROJECT_ANNOTATION = PROJECT_LABEL;

const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const MAX_LABEL = 63;

/** The default stages of a project, in order. @public */
export const DEFAULT_ENVIRONMENTS = [
  {
    name: 'development',
    type: 'development',
    displayName: 'Development',
    description: 'Development environment',
  },
  {
    name: 'staging',
    type: 'staging',
    displayName: 'Staging',
    description: 'Pre-release environment',
  },
  {
    name: 'production',
    type: 'production',
    displayName: 'Production',
    description: 'Production environment',
  },
] as const;

/** Namespace of the project's Flux objects. @public */
export function projectNamespace(slug: string): string {
  return `project-${slug}`;
}

/** Namespace of one environment's workloads. @public */
export function environmentNamespace(slug: string, environment: string) {
  return `project-${slug}-${environment}`;
}

/** @public */
export function gitRepositoryName(slug: string): string {
  return `${slug}-repo`;
}

/** @public */
export function kustomizationName(slug: string, environment: string): string {
  return `${slug}-${environment}`;
}

/** Deploy identity of one environment. @public */
export function deployerName(environment: string): string {
  return `${environment}-deployer`;
}

/** @public */
export function gitAuthSecretName(slug: string): string {
  return `${slug}-git-auth`;
}

/** Directory of an environment's overlay, relative to the repository. @public */
export function overlayPath(environment: string): string {
  return `deploy/overlays/${environment}`;
}

/**
 * Says what is wrong with a project's slug and its environments' names, before
 * anything is made of them: every derived name must be a DNS-1123 label of at
 * most 63 characters (Kubernetes, "Object Names and IDs"); a leading letter is
 * asked for so that no name reads as a number in YAML.
 *
 * @returns Problems in words a user can act on; empty when all names are good.
 * @public
 */
export function validateNames(
  slug: string,
  environments: readonly string[],
): string[] {
  const problems: string[] = [];
  if (!DNS_LABEL.test(slug)) {
    problems.push(
      `project name '${slug}' must consist of lower case letters, digits and '-', start with a letter and end with a letter or digit`,
    );
  }
  if (environments.length === 0) {
    problems.push('a project needs at least one environment');
  }
  const seen = new Set<string>();
  for (const environment of environments) {
    if (!DNS_LABEL.test(environment)) {
      problems.push(
        `environment name '${environment}' must consist of lower case letters, digits and '-', start with a letter and end with a letter or digit`,
      );
    }
    if (seen.has(environment)) {
      problems.push(`environment name '${environment}' is given twice`);
    }
    seen.add(environment);
    const longest = [
      environmentNamespace(slug, environment),
      kustomizationName(slug, environment),
      deployerName(environment),
      gitAuthSecretName(slug),
    ].reduce((a, b) => (b.length > a.length ? b : a));
    if (longest.length > MAX_LABEL) {
      problems.push(
        `the name '${longest}' has ${
          longest.length
        } characters, Kubernetes allows ${MAX_LABEL}: choose a project or environment name shorter by ${
          longest.length - MAX_LABEL
        }`,
      );
    }
  }
  return problems;
}

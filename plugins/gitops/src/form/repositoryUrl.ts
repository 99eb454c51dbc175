/**
 * Where a repository is to be, as far as it is chosen: parts that are not are
 * empty.
 */
export interface ChosenRepository {
  /** Host as in the portal's `integrations`, with the port if it has one. */
  host: string;
  /** Organization or user at the host. */
  owner: string;
  name: string;
  /** Id of the user's connection that Flux is to read with; absent for a key of its own. */
  connection?: string;
}

/**
 * Reads `<host>?owner=<owner>&repo=<name>`, the form in which Backstage's
 * template actions take repositories.
 */
export function parseRepositoryUrl(url: string | undefined): ChosenRepository {
  const [host, query] = (url ?? '').split('?', 2);
  const parameters = new URLSearchParams(query);
  return {
    host,
    owner: parameters.get('owner') ?? '',
    name: parameters.get('repo') ?? '',
    connection: parameters.get('connection') ?? undefined,
  };
}

/**
 * The opposite of {@link parseRepositoryUrl}. What is chosen without a host is
 * kept as well, so that nothing typed is lost between the steps of a form.
 *
 * @returns undefined when nothing is chosen
 */
export function formatRepositoryUrl({
  host,
  owner,
  name,
  connection,
}: ChosenRepository): string | undefined {
  const parameters = new URLSearchParams();
  if (owner) {
    parameters.set('owner', owner);
  }
  if (name) {
    parameters.set('repo', name);
  }
  if (connection) {
    parameters.set('connection', connection);
  }
  return host || owner || name ? `${host}?${parameters}` : undefined;
}

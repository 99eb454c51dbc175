/**
 * The topic that marks a repository as made for a project. Hosts cut topics at 35
 * characters (Gitea), so it holds 28 of the 32 digits of the project's id.
 *
 * @internal
 */
export function markerTopic(projectId: string): string {
  return `gitops-${projectId.replaceAll('-', '').slice(0, 28).toLowerCase()}`;
}

import type { Gitea } from '@backstage-gitops/control-plane';

/**
 * Commits one file to the default branch, as a developer's push would.
 *
 * @param change - is given the present text, empty for a new file
 * @returns the new commit
 */
export async function changeFile(
  gitea: Gitea,
  repository: string,
  path: string,
  change: (text: string) => string,
): Promise<string> {
  const url = `/repos/${gitea.organization}/${repository}/contents/${path}`;
  const present = await gitea.request<{ sha: string; content: string }>(
    'GET',
    url,
  );
  const text = present
    ? Buffer.from(present.content, 'base64').toString('utf8')
    : '';
  const answer = await gitea.request<{ commit: { sha: string } }>(
    present ? 'PUT' : 'POST',
    url,
    {
      branch: 'main',
      message: `Change ${path}`,
      content: Buffer.from(change(text)).toString('base64'),
      sha: present?.sha,
    },
  );
  if (!answer) {
    throw new Error(`Gitea does not know repository '${repository}'`);
  }
  return answer.commit.sha;
}

import {
  callGitHost,
  type FlowBench,
} from '@backstage-gitops/launcher/testbench';

/** The sandbox's Git host, as a developer who pushes sees it. */
export class GitHost {
  constructor(
    private readonly flow: FlowBench,
    private readonly repository: string,
  ) {}

  /**
   * Commits one file that is there already.
   *
   * @returns the new commit, and the text that was there before it
   */
  async edit(
    path: string,
    message: string,
    change: (text: string) => string,
  ): Promise<{ commit: string; before: string }> {
    const { sandbox } = this.flow.backing;
    const url = `/repos/platform/${this.repository}/contents/${path}`;
    const present = await callGitHost<{ sha: string; content: string }>(
      sandbox,
      'GET',
      url,
    );
    const before = Buffer.from(present.content, 'base64').toString('utf8');
    const { commit } = await callGitHost<{ commit: { sha: string } }>(
      sandbox,
      'PUT',
      url,
      {
        branch: 'main',
        message,
        sha: present.sha,
        content: Buffer.from(change(before)).toString('base64'),
      },
    );
    return { commit: commit.sha, before };
  }
}

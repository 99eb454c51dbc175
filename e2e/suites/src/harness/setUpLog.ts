import type { LogLine } from '@backstage-gitops/launcher';

/** What the portal's log says about setting one project up, at INFO and above. */
export function setUpLog(log: readonly LogLine[], slug: string): string[] {
  return log
    .filter(
      ({ plugin, level }) =>
        plugin === 'gitops' &&
        (level === 'info' || level === 'warn' || level === 'error'),
    )
    .map(({ message }) => message)
    .filter(
      message =>
        message.includes(slug) ||
        message.startsWith('GitOps setup completed for environment'),
    );
}

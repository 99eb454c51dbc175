import { toError } from '@backstage/errors';
import type { GitSyncLog } from '../../database/tables';
import { now } from '../../database/time';
import type { StepContext } from './StepContext';

/**
 * Does something at the Git host and keeps a record of it, whatever comes of it.
 *
 * @internal
 */
export async function withSyncLog<T>(
  context: StepContext,
  action: GitSyncLog['action'],
  work: () => Promise<T>,
): Promise<T> {
  const { project, provider, services } = context;
  const startedAt = now();
  const record = (status: GitSyncLog['status'], error?: string) =>
    context.write(trx =>
      services.syncLogs.append(trx, {
        projectId: project.id,
        provider: provider.type,
        host: provider.host,
        syncType: 'repository',
        action,
        status,
        error,
        startedAt,
        finishedAt: now(),
      }),
    );
  let result: T;
  try {
    result = await work();
  } catch (error) {
    context.signal.throwIfAborted();
    const { name, message } = toError(error);
    await record(name === 'ConflictError' ? 'conflict' : 'failed', message);
    throw error;
  }
  await record('succeeded');
  return result;
}

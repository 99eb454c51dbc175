import { CustomErrorBase } from '@backstage/errors';

/**
 * The answer to `initialize` ended before the run did. The run itself goes on;
 * calling `initialize` again follows it.
 * @public
 */
export class GitopsStreamError extends CustomErrorBase {
  name = 'GitopsStreamError' as const;
}

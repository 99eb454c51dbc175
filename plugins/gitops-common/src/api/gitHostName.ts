import { z } from 'zod/v3';

/**
 * A Git host as `integrations` name it. An address is refused here, before anything
 * repeats it: it can have a password in it.
 *
 * @internal
 */
export const gitHostNameSchema = z
  .string()
  .min(1)
  .regex(
    /^[^\s/\\@]+$/,
    'give the host alone, for example git.example.com:3000, without scheme, user name or path',
  );

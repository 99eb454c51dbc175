import { randomUUID } from 'node:crypto';
import { InputError } from '@backstage/errors';
import { z } from 'zod/v3';
import type { AuthorizationStore } from '../../database/AuthorizationStore';
import type { Vault } from '../Vault';

const LIFE_MS = 10 * 60_000;
const SEPARATOR = '~';

const contentSchema = z.object({
  userRef: z.string(),
  serverUrl: z.string(),
  verifier: z.string(),
  expiresAt: z.number(),
});

/** Who went to which host, and the PKCE verifier of that journey. @internal */
export type Journey = Omit<z.infer<typeof contentSchema>, 'expiresAt'>;

/**
 * The OAuth `state` of users who are at a host to consent. It carries everything
 * in sealed form, so that any replica can read it; a row makes it usable once.
 *
 * @internal
 */
export class AuthorizationState {
  constructor(
    private readonly options: {
      vault: Vault;
      authorizations: AuthorizationStore;
    },
  ) {}

  async issue(journey: Journey): Promise<string> {
    const { vault, authorizations } = this.options;
    const id = randomUUID();
    const expiresAt = Date.now() + LIFE_MS;
    const state = vault.seal(
      JSON.stringify({ ...journey, expiresAt }),
      location(id),
    );
    await authorizations.add({
      id,
      userId: journey.userRef,
      serverUrl: journey.serverUrl,
      expiresAt: new Date(expiresAt).toISOString(),
    });
    return `${id}${SEPARATOR}${state}`;
  }

  /**
   * Opens a state for the user who comes back with it, for the last time.
   *
   * @throws InputError when it is not the portal's, another user's, too old or used;
   * somebody else's is not used up by that
   */
  async redeem(state: string, userRef: string): Promise<Journey> {
    const { authorizations } = this.options;
    const [id, envelope, ...rest] = state.split(SEPARATOR);
    const content =
      z.string().uuid().safeParse(id).success && envelope && rest.length === 0
        ? this.open(id, envelope)
        : undefined;
    // One sentence for all of them: what is wrong with it helps only somebody who
    // tries states out.
    if (
      !content ||
      content.userRef !== userRef ||
      content.expiresAt <= Date.now() ||
      !(await authorizations.take(id))
    ) {
      throw new InputError(
        'This answer of a Git host does not belong to a sign-in that you began here in the last ten minutes, or it was used already: start connecting again',
      );
    }
    const { userRef: user, serverUrl, verifier } = content;
    return { userRef: user, serverUrl, verifier };
  }

  private open(id: string, envelope: string) {
    try {
      return contentSchema.parse(
        JSON.parse(this.options.vault.open(envelope, location(id))),
      );
    } catch {
      return undefined;
    }
  }
}

/** Bound to the row, though it is not stored there but travels with the browser. */
function location(rowId: string) {
  return { table: 'git_connection_authorizations', rowId, purpose: 'state' };
}

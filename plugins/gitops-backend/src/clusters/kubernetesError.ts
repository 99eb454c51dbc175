import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { phrase, type Wording } from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import { wordedError } from '../words/wordedError';

/** No answer of the API server was had. @internal */
export class ClusterUnreachableError extends ServiceUnavailableError {}

const statusSchema = z.object({
  kind: z.literal('Status'),
  code: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
});
/** What an API server says instead of an object. @internal */
export type KubernetesStatus = z.infer<typeof statusSchema>;

/** @internal */
export function parseStatus(body: unknown): KubernetesStatus | undefined {
  return statusSchema.safeParse(body).data;
}

/**
 * Seconds to wait before asking again, as the server wishes (RFC 9110 section
 * 10.2.3; API servers also repeat it in `details`). Dates are not used by
 * Kubernetes and are ignored.
 *
 * @internal
 */
export function retryAfterMs(
  response: Response,
  status?: KubernetesStatus,
): number | undefined {
  const header = Number(response.headers.get('retry-after') ?? NaN);
  const seconds = Number.isFinite(header)
    ? header
    : status?.details?.retryAfterSeconds;
  return seconds === undefined || seconds < 0 ? undefined : seconds * 1000;
}

/** What was being done, for the message of an error. @internal */
export interface Attempt {
  cluster: string;
  verb: keyof typeof VERBS;
  /** For example `Kustomization project-shop/shop-staging`. */
  object: string | Wording;
}

/**
 * Turns an API server's refusal into an error that says what was tried on which
 * object of which cluster, what the server said, and what to do next.
 *
 * @internal
 */
export function kubernetesError(
  code: number,
  status: KubernetesStatus | undefined,
  attempt: Attempt,
): Error {
  const refusal = (advice?: Wording) =>
    phrase('clusterRefused', {
      cluster: attempt.cluster,
      verb: verbOf(attempt),
      object: attempt.object,
      said: status?.message ?? phrase('clusterAnswered', { code }),
      advice: advice ?? '',
    });
  switch (code) {
    case 400:
    case 405:
    case 415:
    case 422:
      return wordedError(InputError, refusal());
    case 401:
      // The portal's credential, not the caller's: not an AuthenticationError,
      // which would make a browser sign in again.
      return wordedError(
        ServiceUnavailableError,
        refusal(phrase('clusterThenRenew')),
      );
    case 403:
      return wordedError(
        NotAllowedError,
        refusal(whatToGrant(status?.message ?? '', attempt)),
      );
    case 404:
      return wordedError(NotFoundError, refusal());
    case 409:
      return wordedError(
        ConflictError,
        refusal(
          status?.reason === 'Conflict'
            ? phrase('clusterThenConflict')
            : undefined,
        ),
      );
    default:
      return wordedError(
        ServiceUnavailableError,
        refusal(phrase('clusterThenWait')),
      );
  }
}

const VERBS = {
  apply: 'clusterVerbApply',
  list: 'clusterVerbList',
  change: 'clusterVerbChange',
  delete: 'clusterVerbDelete',
  read: 'clusterVerbRead',
  watch: 'clusterVerbWatch',
} as const;

/** What was being done, for a sentence. @internal */
export function verbOf({ verb }: Pick<Attempt, 'verb'>): Wording {
  return phrase(VERBS[verb]);
}

/**
 * Reads user, verb and resource out of the authorizer's own words
 * (kubernetes/apiserver, pkg/endpoints/handlers/responsewriters/errors.go); an
 * admission plugin's refusal has none, then the message itself has to do.
 */
function whatToGrant(message: string, attempt: Attempt): Wording {
  const match =
    /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
      message,
    );
  if (!match) {
    return phrase('clusterThenPolicy', { verb: verbOf(attempt) });
  }
  const [, user, verb, resource, group, namespace] = match;
  return phrase('clusterThenGrant', {
    user,
    verb,
    resource,
    group,
    where: namespace
      ? phrase('inNamespace', { namespace })
      : phrase('clusterEverywhere'),
  });
}

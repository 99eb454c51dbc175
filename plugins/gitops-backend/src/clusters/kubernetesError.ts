import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { z } from 'zod/v3';

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
  verb: string;
  /** For example `Kustomization project-shop/shop-staging`. */
  object: string;
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
  const { cluster, verb, object } = attempt;
  const said = status?.message ?? `the API server answered ${code}`;
  const what = `Cannot ${verb} ${object} in cluster '${cluster}': ${said}`;
  switch (code) {
    case 400:
    case 405:
    case 415:
    case 422:
      return new InputError(what);
    case 401:
      // The portal's credential, not the caller's: not an AuthenticationError,
      // which would make a browser sign in again.
      return new ServiceUnavailableError(
        `${what}; the API server refuses the portal's credential: renew it in the kubernetes configuration of the cluster`,
      );
    case 403:
      return new NotAllowedError(`${what}; ${whatToGrant(said, attempt)}`);
    case 404:
      return new NotFoundError(what);
    case 409:
      return new ConflictError(
        status?.reason === 'Conflict'
          ? `${what}; somebody else changed or owns it: try again, or remove the other writer`
          : what,
      );
    default:
      return new ServiceUnavailableError(
        `${what}; try again when the cluster has recovered`,
      );
  }
}

/**
 * Reads user, verb and resource out of the authorizer's own words
 * (kubernetes/apiserver, pkg/endpoints/handlers/responsewriters/errors.go); an
 * admission plugin's refusal has none, then the message itself has to do.
 */
function whatToGrant(message: string, { verb }: Attempt): string {
  const match =
    /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
      message,
    );
  if (!match) {
    return `a policy of the cluster refused to ${verb} it: follow the message or ask the platform team`;
  }
  const [, user, verbAsked, resource, group, namespace] = match;
  return `grant '${user}' the verb '${verbAsked}' on '${resource}' of API group '${group}'${
    namespace ? ` in namespace '${namespace}'` : ' in the whole cluster'
  }`;
}

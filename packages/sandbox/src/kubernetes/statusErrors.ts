import { ResourceKind, qualifiedResource } from './ResourceKind';
import { StatusDetails, StatusError } from './StatusError';

/** One finding of validation, for example `spec.url: Required value`. */
export interface FieldError {
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid'
    | 'FieldValueTooLong';
  field: string;
  message: string;
}

/** Value of the field breaks a rule. */
export function invalidValue(
  field: string,
  value: unknown,
  detail: string,
): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
  };
}

/** Field is absent and must not be. */
export function requiredValue(field: string, detail = ''): FieldError {
  return {
    reason: 'FieldValueRequired',
    field,
    message: `Required value${detail ? `: ${detail}` : ''}`,
  };
}

/** Field is set and must not be. */
export function forbiddenValue(field: string, detail: string): FieldError {
  return {
    reason: 'FieldValueForbidden',
    field,
    message: `Forbidden: ${detail}`,
  };
}

/** Field has a value outside of an enumeration. */
export function unsupportedValue(
  field: string,
  value: unknown,
  supported: readonly unknown[],
): FieldError {
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(
      value,
    )}: supported values: ${supported
      .map(entry => JSON.stringify(entry))
      .join(', ')}`,
  };
}

type ResourceName = Pick<ResourceKind, 'group' | 'plural'>;

function resourceDetails(kind: ResourceName, name?: string): StatusDetails {
  return {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.plural,
  };
}

/** 404 for a named object. */
export function notFound(kind: ResourceName, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${qualifiedResource(kind)} "${name}" not found`,
    resourceDetails(kind, name),
  );
}

/** 404 for a resource that a known API version does not have. */
export function unknownResource(): StatusError {
  return new StatusError(
    404,
    'NotFound',
    'the server could not find the requested resource',
    {},
  );
}

/** 409 for a POST of a name that is taken. */
export function alreadyExists(kind: ResourceName, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${qualifiedResource(kind)} "${name}" already exists`,
    resourceDetails(kind, name),
  );
}

/** 409 for a write that is based on something outdated. */
export function conflict(
  kind: ResourceName,
  name: string,
  detail: string,
): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(
      kind,
    )} "${name}": ${detail}`,
    resourceDetails(kind, name),
  );
}

/** The usual reason for a conflict: somebody else wrote in between. */
export function modifiedConflict(
  kind: ResourceName,
  name: string,
): StatusError {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 422 with all findings. */
export function invalid(
  kind: Pick<ResourceKind, 'group' | 'kind'>,
  name: string,
  errors: FieldError[],
): StatusError {
  const texts = errors.map(error => `${error.field}: ${error.message}`);
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  return new StatusError(
    422,
    'Invalid',
    `${qualified} "${name}" is invalid: ${
      texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
    }`,
    {
      ...(name ? { name } : {}),
      ...(kind.group ? { group: kind.group } : {}),
      kind: kind.kind,
      causes: errors.map(({ reason, message, field }) => ({
        reason,
        message,
        field,
      })),
    },
  );
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** 401. */
export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

/** 403 for an object or collection, with the reason after the colon. */
export function forbidden(
  kind: ResourceName,
  name: string | undefined,
  detail: string,
  causes?: StatusDetails['causes'],
): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `${qualifiedResource(kind)} ${
      name ? `"${name}" ` : ''
    }is forbidden: ${detail}`,
    { ...resourceDetails(kind, name), ...(causes ? { causes } : {}) },
  );
}

/** 410: history before the wanted version is gone. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** 405. */
export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 415. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(
      ', ',
    )}`,
  );
}

/** 504: the wanted version lies in the future. */
export function tooLargeResourceVersion(
  wanted: number,
  current: number,
): StatusError {
  return new StatusError(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [
        {
          reason: 'ResourceVersionTooLarge',
          message: 'Too large resource version',
        },
      ],
      retryAfterSeconds: 1,
    },
  );
}

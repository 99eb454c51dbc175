import {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  NotImplementedError,
  ServiceUnavailableError,
  parseErrorResponseBody,
} from '@backstage/errors';

const ERRORS_BY_NAME = {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  NotImplementedError,
  ServiceUnavailableError,
};

const NAMES_BY_STATUS: Record<number, string> = {
  400: 'InputError',
  401: 'AuthenticationError',
  403: 'NotAllowedError',
  404: 'NotFoundError',
  409: 'ConflictError',
  501: 'NotImplementedError',
  502: 'ServiceUnavailableError',
  503: 'ServiceUnavailableError',
  504: 'ServiceUnavailableError',
};

/**
 * The error that a backend serialised, as its own class again, so that callers
 * can tell a wrong input from a missing right and users read the first words.
 */
export function errorFromName(name: string, message: string): Error {
  if (Object.hasOwn(ERRORS_BY_NAME, name)) {
    return new ERRORS_BY_NAME[name as keyof typeof ERRORS_BY_NAME](message);
  }
  const error = new Error(message);
  error.name = name || 'Error';
  return error;
}

/** Reads an answer that is not ok into an error; uses up its body. */
export async function errorFromResponse(response: Response): Promise<Error> {
  const { error } = await parseErrorResponseBody(response);
  const name =
    error.name && error.name !== 'Error'
      ? error.name
      : NAMES_BY_STATUS[response.status] ?? 'Error';
  return errorFromName(name, error.message);
}

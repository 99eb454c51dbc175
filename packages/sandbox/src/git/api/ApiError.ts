/** A refusal in the form of Gitea's REST API: status and message. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = 'ApiError';
  }
}

export function notFound(message = "The target couldn't be found."): ApiError {
  return new ApiError(404, message);
}

/** The answer for a repository that has another name by now. */
export class Moved extends ApiError {
  constructor(readonly location: string) {
    super(301, `Moved to ${location}`);
  }
}

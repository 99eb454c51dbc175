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

/** A build that failed, in the words that kustomize or Flux uses. */
export class BuildError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BuildError';
  }
}

/** The file is not YAML at all, which callers report without trying anything else. */
export class MalformedYamlError extends BuildError {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedYamlError';
  }
}

/** Puts a prefix before the message of a failed build. */
export function wrapBuildError(prefix: string, error: unknown): unknown {
  return error instanceof BuildError
    ? new BuildError(`${prefix}: ${error.message}`)
    : error;
}

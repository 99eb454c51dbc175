/** What would keep Flux from deploying, found before Flux is asked to. @internal */
export interface Problem {
  /** Id that a diagnosis of the failing Flux object would have. */
  diagnosis?: string;
  /** The thing, what is wrong with it, and the next step. */
  message: string;
}

/** What a look found. @internal */
export interface Findings {
  problems: Problem[];
  /** Things to know that are no reason to stop. */
  warnings: string[];
}

/** @internal */
export function found(
  diagnosis: string | undefined,
  message: string,
): Findings {
  return { problems: [{ diagnosis, message }], warnings: [] };
}

/** @internal */
export const NOTHING: Findings = { problems: [], warnings: [] };

/** @internal */
export function together(findings: readonly Findings[]): Findings {
  return {
    problems: findings.flatMap(({ problems }) => problems),
    warnings: findings.flatMap(({ warnings }) => warnings),
  };
}

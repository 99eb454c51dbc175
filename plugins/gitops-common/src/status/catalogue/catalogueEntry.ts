import { referenceTo } from '../kinds';
import type {
  Diagnosis,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from '../types';

/** A failure as the controller words it, and what stands around it. @internal */
export interface Finding {
  object: FluxObject;
  /** Source of a Kustomization, as far as known. */
  source: Reading | undefined;
  context: StatusContext;
  reason: string;
  message: string;
}

/** Parts of a message: what the pattern captured, by name. @internal */
export type Captures = Record<string, string | undefined>;

/** What a row says; the object itself is at fault where no subject is given. @internal */
export interface Explanation {
  cause: string;
  nextStep: string;
  subject?: FluxReference;
  field?: string;
  command?: string;
}

/** One way a failure shows. All that is given has to hold. @internal */
export interface Sign {
  reasons: readonly string[];
  /** Matched against the message, case-sensitive; its named groups are captured. */
  pattern?: RegExp;
  /** A second pattern that has to match as well. */
  and?: RegExp;
  /** What the words alone do not tell. */
  when?: (finding: Finding) => boolean;
}

/** A row of the catalogue. The first one with a matching sign wins. @internal */
export interface CatalogueEntry {
  id: string;
  signs: readonly Sign[];
  explain(finding: Finding, captures: Captures): Explanation;
}

/**
 * Looks a failure up.
 *
 * @returns The diagnosis of the first row that knows it.
 * @internal
 */
export function lookUp(
  catalogue: readonly CatalogueEntry[],
  finding: Finding,
): Diagnosis | undefined {
  for (const { id, signs, explain } of catalogue) {
    for (const sign of signs) {
      const captures = matchSign(sign, finding);
      if (captures) {
        return toDiagnosis(
          id,
          referenceTo(finding.object),
          explain(finding, captures),
          finding.message,
        );
      }
    }
  }
  return undefined;
}

/** Completes what a row says with what every diagnosis has. @internal */
export function toDiagnosis(
  id: string,
  reference: FluxReference,
  { cause, nextStep, subject, field, command }: Explanation,
  message?: string,
): Diagnosis {
  return {
    id,
    cause,
    subject: { ...(subject ?? reference), ...(field && { field }) },
    nextStep,
    ...(message && { message }),
    ...(command && { command }),
  };
}

function matchSign(
  { reasons, pattern, and, when }: Sign,
  finding: Finding,
): Captures | undefined {
  const { reason, message } = finding;
  const found = pattern?.exec(message);
  const holds =
    reasons.includes(reason) &&
    (!pattern || found) &&
    (!and || and.test(message)) &&
    (!when || when(finding));
  return holds ? found?.groups ?? {} : undefined;
}

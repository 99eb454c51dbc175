import { referenceTo } from '../kinds';
import type {
  Diagnosis,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from '../types';
import { sayInEnglish, type DiagnosisMessageId } from '../../words/english';
import type { Wording } from '../../words/wording';

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

/** What is found; the object itself is at fault where no subject is given. @internal */
export interface Explanation {
  says: DiagnosisMessageId;
  /** What stands in the message's placeholders. */
  values?: Wording['values'];
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

/** A diagnosis as it is made. @internal */
export type WordedDiagnosis = Diagnosis & { wording: Wording };

/** What a row that has a message of its own need not repeat. @internal */
export type RowExplanation = Omit<Explanation, 'says'> &
  Partial<Pick<Explanation, 'says'>>;

type Row<TId, TExplanation> = {
  id: TId;
  signs: readonly Sign[];
  explain(finding: Finding, captures: Captures): TExplanation;
};

/** Rows that tell cases apart and have a message for each of them only. */
type RowOfCases = Exclude<
  DiagnosisMessageId extends infer TId
    ? TId extends `${infer TRow}-${string}`
      ? TRow
      : never
    : never,
  DiagnosisMessageId
>;

/** A row of the catalogue. The first one with a matching sign wins. @internal */
export type CatalogueEntry =
  | Row<DiagnosisMessageId, RowExplanation>
  | Row<RowOfCases, Explanation>;

/**
 * Looks a failure up.
 *
 * @returns The diagnosis of the first row that knows it.
 * @internal
 */
export function lookUp(
  catalogue: readonly CatalogueEntry[],
  finding: Finding,
): WordedDiagnosis | undefined {
  for (const { id, signs, explain } of catalogue) {
    for (const sign of signs) {
      const captures = matchSign(sign, finding);
      if (captures) {
        return toDiagnosis(
          id,
          referenceTo(finding.object),
          // A row without a message of its own always says which one it is.
          { says: id as DiagnosisMessageId, ...explain(finding, captures) },
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
  { says, values, subject, field, command }: Explanation,
  message?: string,
): WordedDiagnosis {
  const wording = { id: says, ...(values && { values }) };
  return {
    id,
    cause: sayInEnglish(wording, 'cause'),
    nextStep: sayInEnglish(wording, 'nextStep'),
    wording,
    subject: { ...(subject ?? reference), ...(field && { field }) },
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

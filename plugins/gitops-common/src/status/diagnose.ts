import type { WordedDiagnosis } from './catalogue/catalogueEntry';
import { Examination } from './examination';
import { isFluxObject, referenceTo } from './kinds';
import { stripCredentials } from './stripCredentials';
import type { Diagnosis, FluxEvent, Reading, StatusContext } from './types';
import type { Wording, WordingValue } from '../words/wording';

/**
 * Says why a Flux object is not well, which object or field is at fault, and one
 * thing to do next. A failure that comes from another object (the source, a
 * dependency, an included repository) is told of that object.
 *
 * Pure, and free of credentials: those in URLs are taken out of all texts.
 *
 * @param reading - The object, or why it could not be read.
 * @param source - The source of a Kustomization, read the same way; undefined when it is not known.
 * @param events - Kubernetes Events of the object, where known: deletions tell their trouble only there.
 * @param now - Time to judge by.
 * @param context - Look-ups for dependencies, other sources and namespaces.
 * @returns Undefined when nothing is wrong.
 * @public
 */
export function diagnose(
  reading: Reading,
  source: Reading | undefined,
  events: readonly FluxEvent[],
  now: Date,
  context: StatusContext = {},
): Diagnosis | undefined {
  const reference = isFluxObject(reading)
    ? referenceTo(reading)
    : reading.reference ?? events[0]?.involvedObject ?? { name: 'unknown' };
  const found = new Examination(events, now, context).examine(
    reading,
    reference,
    source,
  );
  return found && clean(found);
}

function clean(diagnosis: WordedDiagnosis): Diagnosis {
  const { cause, nextStep, wording, message, command } = diagnosis;
  return {
    ...diagnosis,
    cause: stripCredentials(cause),
    nextStep: stripCredentials(nextStep),
    wording: cleanWording(wording),
    ...(message && { message: stripCredentials(message) }),
    ...(command && { command: stripCredentials(command) }),
  };
}

function cleanWording({ id, values }: Wording): Wording {
  return {
    id,
    ...(values && {
      values: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          cleanValue(value),
        ]),
      ),
    }),
  };
}

function cleanValue(value: WordingValue): WordingValue {
  if (typeof value === 'string') {
    return stripCredentials(value);
  }
  if (Array.isArray(value)) {
    return value.map(cleanWording);
  }
  return typeof value === 'object' && 'id' in value
    ? cleanWording(value)
    : value;
}

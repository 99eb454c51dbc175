import { clusterMessages } from './clusterMessages';
import { credentialMessages } from './credentialMessages';
import { diagnosisMessages } from './diagnosisMessages';
import { phrases } from './phrases';

const sentences = { ...credentialMessages, ...clusterMessages, ...phrases };

/**
 * Every sentence of the backend in English, by the id of its wording; a
 * diagnosis has two.
 * @public
 */
export const backendMessages = { ...diagnosisMessages, ...sentences };

/** @internal */
export type DiagnosisMessageId = keyof typeof diagnosisMessages;
/** @internal */
export type SentenceId = keyof typeof sentences;

/** What a placeholder stands for. @public */
export type WordingValue =
  | string
  | number
  /** RFC 3339; read by people of different languages and time zones. */
  | { time: string }
  /** A part of a sentence, or another sentence. */
  | Wording
  /** A list of such parts. */
  | Wording[];

/**
 * What a sentence of the backend says, apart from any language. The sentence
 * itself, in English, always stands beside it.
 * @public
 */
export interface Wording {
  /** Of a message; newer backends may know more of them. */
  id: string;
  values?: Record<string, WordingValue>;
}

/** A sentence or a part of one. @internal */
export function phrase(id: SentenceId, values?: Wording['values']): Wording {
  return { id, ...(values && { values }) };
}

/** How a language says things. @public */
export interface WordingLanguage {
  /**
   * Fills a message.
   *
   * @param key - `G1.cause` or `G1.nextStep` of a diagnosis, the id of anything else.
   */
  fill(key: string, values: Record<string, string | number>): string;
  time(time: string): string;
}

/** A diagnosis is told in two sentences. @public */
export type DiagnosisPart = 'cause' | 'nextStep';

/**
 * Puts a wording into words.
 *
 * @param part - Which sentence of a diagnosis.
 * @returns Undefined for an id that is not known here.
 * @public
 */
export function sayWording(
  { id, values = {} }: Wording,
  language: WordingLanguage,
  part: DiagnosisPart = 'cause',
): string | undefined {
  const isDiagnosis = Object.hasOwn(diagnosisMessages, id);
  if (!isDiagnosis && !Object.hasOwn(sentences, id)) {
    return undefined;
  }
  const said: Record<string, string | number> = {};
  const parts: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'object') {
      said[name] = value;
    } else if ('time' in value) {
      said[name] = language.time(value.time);
    } else {
      const words = [value]
        .flat()
        .map(each => sayWording(each, language, part));
      if (words.includes(undefined)) {
        return undefined;
      }
      said[name] = words.join(', ');
      parts.push(words.join(', '));
    }
  }
  const text = language.fill(isDiagnosis ? `${id}.${part}` : id, said);
  // What begins a sentence has a capital; names of hosts and controllers stay as they are.
  return isDiagnosis && parts.some(words => words && text.startsWith(words))
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text;
}

/** Times as they are in the API. */
const english: WordingLanguage = {
  fill: (key, values) =>
    messageOf(key).replace(/{{(\w+)}}/g, (_, name) => String(values[name])),
  time: time => time,
};

function messageOf(key: string): string {
  const [id, part] = key.split('.');
  return part
    ? diagnosisMessages[id as DiagnosisMessageId][part as DiagnosisPart]
    : sentences[id as SentenceId];
}

/** Says it in English, as it stands in the API. @public */
export function sayInEnglish(wording: Wording, part?: DiagnosisPart): string {
  return sayWording(wording, english, part) ?? wording.id;
}

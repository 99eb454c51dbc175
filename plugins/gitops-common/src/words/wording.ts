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

/** How a language says things. @public */
export interface WordingLanguage {
  /**
   * Fills a message.
   *
   * @param key - `G1.cause` or `G1.nextStep` of a diagnosis, the id of anything else.
   * @returns Undefined where the language has no such message.
   */
  fill(
    key: string,
    values: Record<string, string | number>,
  ): string | undefined;
  time(time: string): string;
}

/** A diagnosis is told in two sentences. @public */
export type DiagnosisPart = 'cause' | 'nextStep';

/**
 * Puts a wording into words.
 *
 * @param part - Which sentence of a diagnosis.
 * @returns Undefined where the language lacks it or a part of it.
 * @public
 */
export function sayWording(
  { id, values = {} }: Wording,
  language: WordingLanguage,
  part: DiagnosisPart = 'cause',
): string | undefined {
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
  const diagnosis = language.fill(`${id}.${part}`, said);
  // What begins a sentence has a capital; names of hosts and controllers stay as they are.
  return diagnosis && parts.some(words => words && diagnosis.startsWith(words))
    ? diagnosis.charAt(0).toUpperCase() + diagnosis.slice(1)
    : diagnosis ?? language.fill(id, said);
}

import { clusterMessages } from './clusterMessages';
import { credentialMessages } from './credentialMessages';
import { diagnosisMessages } from './diagnosisMessages';
import { phrases } from './phrases';
import {
  sayWording,
  type DiagnosisPart,
  type Wording,
  type WordingLanguage,
} from './wording';

const sentences = { ...credentialMessages, ...clusterMessages, ...phrases };

/**
 * Every sentence of the backend in English, by the id of its wording; a
 * diagnosis has two.
 * @public
 */
export const backendMessages = { ...diagnosisMessages, ...sentences };

/** @internal */
export type DiagnosisMessageId = keyof typeof diagnosisMessages;
/** Names a sentence, or a part of one. @public */
export type SentenceId = keyof typeof sentences;

/** A sentence or a part of one. @public */
export function phrase(id: SentenceId, values?: Wording['values']): Wording {
  return { id, ...(values && { values }) };
}

/** Times as they are in the API. */
const english: WordingLanguage = {
  fill: (key, values) =>
    messageOf(key)?.replace(/{{(\w+)}}/g, (_, name) => String(values[name])),
  time: time => time,
};

function messageOf(key: string): string | undefined {
  const [id, part] = key.split('.');
  const message = Object.hasOwn(backendMessages, id)
    ? backendMessages[id as keyof typeof backendMessages]
    : undefined;
  if (typeof message === 'object') {
    return message[part as DiagnosisPart];
  }
  return part ? undefined : message;
}

/** Says it in English, as it stands in the API. @public */
export function sayInEnglish(wording: Wording, part?: DiagnosisPart): string {
  return sayWording(wording, english, part) ?? wording.id;
}

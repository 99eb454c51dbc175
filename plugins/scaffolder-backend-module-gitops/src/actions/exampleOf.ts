import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import type { JsonObject } from '@backstage/types';
import { stringify } from 'yaml';

/** One step of a template, as the list of installed actions shows it. */
export function exampleOf(example: {
  description: string;
  id: string;
  name: string;
  action: string;
  input: JsonObject;
}): TemplateExample {
  const { description, ...step } = example;
  return { description, example: stringify({ steps: [step] }) };
}

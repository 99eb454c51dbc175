/** Property of forms that holds the name of the project, unless a template says otherwise. */
export const DEFAULT_NAME_FROM = 'name';

/** What the user has answered elsewhere in the form; the context is the form's own. */
export function answerOf(formContext: unknown, property: string): string {
  const answers =
    isRecord(formContext) && isRecord(formContext.formData)
      ? formContext.formData
      : {};
  const answer = answers[property];
  return typeof answer === 'string' ? answer : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
